import { newRootKey, revokedRootKey } from "../../rules/authority/root-keys.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import type { Twins } from "./twins.js";

/** ALTALUNE_ROOT_KEY of the twins. */
export const environmentKey = "the environment's own root key, ".replaceAll(/[^a-z]/g, "-").padEnd(40, "x");

/** What stands in the header `Authorization`: good, bad, and hardly a header at all. */
export async function authorizations(twins: Twins, projectId: string): Promise<readonly (string | undefined)[]> {
  const all = (await newRootKey(twins)).value;
  const verifies = (await newRootKey(twins, { scopes: ["api_keys:verify"] })).value;
  const ofProject = (await newRootKey(twins, { scopes: ["api_keys:*"], projects: [projectId] })).value;
  const ofOther = (await newRootKey(twins, { projects: [await newProject(twins.clients)] })).value;
  const reads = (await newRootKey(twins, { scopes: ["api_keys:read", "projects:write"] })).value;
  const revoked = (await revokedRootKey(twins as unknown as TestInstance)).value;
  const good = [environmentKey, all, verifies, ofProject, ofOther];
  return [
    ...good.flatMap((key) => Array.from({ length: 4 }, () => `Bearer ${key}`)),
    ...[reads, revoked, `${all}x`, all.slice(0, -1), "x".repeat(40)].map((key) => `Bearer ${key}`),
    `bearer   ${all}  `,
    `BEARER ${verifies}`,
    `Basic ${all}`,
    `Bearer ${all} ${verifies}`,
    `Bearer ${all}\u00e9`,
    "Bearer",
    "",
    undefined,
  ];
}
