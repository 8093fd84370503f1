import type { Project } from "../../project/model.js";
import type { Subject } from "../../propagation/model.js";

/** What instances forget of keys of a project. Of several keys that is all that they know of the project: one notice, and seldom. */
export function touchedBy(project: Project, apiKeyIds: readonly bigint[]): Subject {
  const [first, ...others] = new Set(apiKeyIds);
  return first !== undefined && others.length === 0
    ? { kind: "api_key", id: first }
    : { kind: "project", id: project.id };
}
