import { RevocationReason } from "../../gen/altalune/v1/api_key_pb.js";
import { dayMs, fromNow } from "./fixtures.js";
import type { Clients } from "./instance.js";

interface Ids {
  readonly projectId: string;
  readonly apiKeyId: string;
}

type Call = (clients: Clients, ids: Ids) => Promise<unknown>;

/** Every rpc that names a project and nothing in it, with a request that is good but for the ids. */
export const projectRpcs: readonly (readonly [rpc: string, call: Call])[] = [
  ["GetProject", ({ projects }, { projectId }) => projects.getProject({ projectId })],
  ["UpdateProject", ({ projects }, { projectId }) => projects.updateProject({ projectId, name: "renamed" })],
  ["DeleteProject", ({ projects }, { projectId }) => projects.deleteProject({ projectId })],
  ["QueryApiKeys", ({ apiKeys }, { projectId }) => apiKeys.queryApiKeys({ projectId })],
  [
    "CreateApiKey",
    ({ apiKeys }, { projectId }) => apiKeys.createApiKey({ projectId, name: "fresh", expiration: fromNow(dayMs) }),
  ],
];

/** The rpcs of the trail: an empty project id is the instance itself. */
export const trailRpcs: readonly (readonly [rpc: string, call: Call])[] = [
  ["QueryAuditEvents", ({ audit }, { projectId }) => audit.queryAuditEvents({ projectId })],
  ["VerifyAuditTrail", ({ audit }, { projectId }) => audit.verifyAuditTrail({ projectId })],
];

/** Every rpc that names a key, with a request that is good but for the ids. */
export const keyRpcs: readonly (readonly [rpc: string, call: Call])[] = [
  ["GetApiKey", ({ apiKeys }, ids) => apiKeys.getApiKey(ids)],
  ["GetRateLimits", ({ apiKeys }, ids) => apiKeys.getRateLimits(ids)],
  ["UpdateApiKey", ({ apiKeys }, ids) => apiKeys.updateApiKey({ ...ids, name: "renamed" })],
  ["DeleteApiKey", ({ apiKeys }, ids) => apiKeys.deleteApiKey(ids)],
  ["ActivateApiKey", ({ apiKeys }, ids) => apiKeys.activateApiKey(ids)],
  ["DeactivateApiKey", ({ apiKeys }, ids) => apiKeys.deactivateApiKey(ids)],
  ["RevokeApiKey", ({ apiKeys }, ids) => apiKeys.revokeApiKey({ ...ids, reason: RevocationReason.NO_LONGER_NEEDED })],
  ["RotateApiKey", ({ apiKeys }, ids) => apiKeys.rotateApiKey(ids)],
  ["ClaimRotatedKey", ({ apiKeys }, ids) => apiKeys.claimRotatedKey(ids)],
  ["RotateSigningSecret", ({ apiKeys }, ids) => apiKeys.rotateSigningSecret(ids)],
];
