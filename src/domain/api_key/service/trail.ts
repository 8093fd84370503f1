import type { Executor } from "../../../platform/postgres/database.js";
import type { AuditAction, Detail } from "../../audit/model.js";
import type { AuditService, RecordedChange, TrailOwner } from "../../audit/service.js";
import type { Author } from "../../caller.js";
import { builtInProjectId } from "../../project/model.js";
import type { ApiKey } from "../model.js";

/** How the trail names what happens to keys; root keys are told apart from the keys of a project. */
type KeyAction =
  | "created"
  | "updated"
  | "activated"
  | "deactivated"
  | "revoked"
  | "rotated"
  | "claimed"
  | "unclaimed"
  | "deleted"
  | "exposed"
  | "suspicious";

/** What happened to a key, and by whom. */
export interface KeyChange {
  readonly caller: Author;
  readonly project: TrailOwner;
  readonly action: KeyAction;
  readonly apiKey: ApiKey;
  readonly detail: Detail;
}

/** As the trail is told of it. */
export function recordedOf({ caller, project, action, apiKey, detail }: KeyChange): RecordedChange {
  return { caller, project, action: auditActionOf(project, action), resourceId: apiKey.publicId, detail };
}

/** Writes the events of changes in the changes' own transaction, with its last statements. */
export async function recordKeyActions(
  audit: AuditService,
  tx: Executor,
  changes: readonly KeyChange[],
): Promise<void> {
  await audit.recordAll(tx, changes.map(recordedOf));
}

/** How the trail of a project names it. */
export function auditActionOf(project: TrailOwner, action: KeyAction): AuditAction {
  return project.id === builtInProjectId ? rootKeyAction(action) : `api_key.${action}`;
}

/** A root key lives a shorter life than others: it is made and revoked, and may be found by others meanwhile. */
function rootKeyAction(action: KeyAction): AuditAction {
  if (action !== "created" && action !== "revoked" && action !== "exposed") {
    throw new Error(`a root key cannot be ${action}`);
  }
  return `root_key.${action}`;
}
