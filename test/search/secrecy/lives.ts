import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import type { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { Clients } from "../../support/instance.js";
import { codeIn, everyPermission } from "../../support/owners.js";

/** What came of a life. */
export interface Life {
  readonly projectId: string;
  /** The verdicts that it came to. */
  readonly verdicts: readonly VerificationCode[];
}

/**
 * Leads keys through all that can happen to them: made, rotated, shown, listed, changed, refused, revoked and deleted.
 *
 * @param mark stands as owner, in metadata and in a comment, to be found again
 * @param rotate lets the service rotate a key by itself; undefined: no value is to wait
 */
export async function liveThrough(
  clients: Clients,
  mark: string,
  rotate?: (apiKeyId: string) => Promise<void>,
): Promise<Life> {
  const { apiKeys, verification, audit, projects } = clients;
  const projectId = await newProject(clients, { maxKeysPerOwner: 2 });
  const settings = { ownerId: mark, metadata: { mark }, withSigningSecret: true, scopes: ["orders:read"] };
  const first = await newApiKey(clients, projectId, settings);
  const second = await newApiKey(clients, projectId, { ...settings, rateLimits: { perDay: 1 } });
  const ids = { projectId, apiKeyId: first.id };

  const verdicts: VerificationCode[] = [];
  const verify = async (key: string, more = {}) => {
    verdicts.push((await verification.verifyApiKey({ key, ...more })).code);
  };
  await verify(first.value);
  await verify(first.value, { requiredScopes: ["orders:write"] });
  await verify(first.value, { projectId: await newProject(clients) });
  await verify(`${first.value.slice(0, -1)}!`);
  await verify(second.value);
  await verify(second.value);
  await verification.batchVerifyApiKeys({ requests: [{ key: first.value }, { key: second.value }] });

  const rotated = await apiKeys.rotateApiKey({ ...ids, gracePeriod: durationFromMs(dayMs) });
  await verify(first.value);
  const again = await apiKeys.rotateApiKey(ids);
  await verify(rotated.keyValue);
  await apiKeys.rotateSigningSecret({ ...ids, gracePeriod: durationFromMs(dayMs) });
  await apiKeys.rotateSigningSecret(ids);

  await apiKeys.updateApiKey({ ...ids, name: uniqueName("key"), metadata: { mark, changed: true } });
  await apiKeys.deactivateApiKey(ids);
  await verify(again.keyValue);
  await apiKeys.activateApiKey(ids);
  await clients.exposures.reportExposedKey({
    key: again.keyValue,
    source: "a scanner",
    url: "https://git.example.com/a",
  });
  await apiKeys.getApiKey(ids);
  await denials(clients, projectId, mark);
  await apiKeys.revokeApiKey({ ...ids, reason: RevocationReason.KEY_COMPROMISED, comment: mark });
  await verify(again.keyValue);
  await denialOf(apiKeys.rotateApiKey(ids));
  await apiKeys.deleteApiKey({ projectId, apiKeyId: second.id });
  await verify(second.value);

  await liveAsOwner(clients, projectId);
  if (rotate !== undefined) {
    await liveUnclaimed(clients, projectId, rotate);
  }

  for (const query of [{}, { filters: { owner_id: { values: [mark] } } }, { pagination: { pageSize: 1 } }]) {
    await apiKeys.queryApiKeys({ projectId, query });
  }
  await projects.queryProjects({});
  await projects.getProject({ projectId });
  await audit.queryAuditEvents({ projectId });
  await audit.queryAuditEvents({});
  await audit.verifyAuditTrail({ projectId });
  await clients.usage.getUsage({ projectId, startTime: fromNow(-dayMs), endTime: fromNow(dayMs) });
  return { projectId, verdicts };
}

/** A value that waits is claimed twice, and used by nobody: it is there, sealed, to the end. */
async function liveUnclaimed(
  clients: Clients,
  projectId: string,
  rotate: (apiKeyId: string) => Promise<void>,
): Promise<void> {
  const { id: apiKeyId } = await newApiKey(clients, projectId);
  await denialOf(clients.apiKeys.claimRotatedKey({ projectId, apiKeyId }));
  await rotate(apiKeyId);
  await clients.apiKeys.claimRotatedKey({ projectId, apiKeyId });
  await clients.apiKeys.claimRotatedKey({ projectId, apiKeyId });
}

/** What an owner does with a portal token, and what is refused of it. */
async function liveAsOwner({ portal, myApiKeys }: Clients, projectId: string): Promise<void> {
  const ownerId = "owner";
  const { url } = await portal.createPortalSession({ projectId, ownerId, permissions: everyPermission });
  const code = codeIn(url);
  const { token } = await portal.exchangePortalCode({ code });
  await denialOf(portal.exchangePortalCode({ code }));
  const options = { headers: { authorization: `Bearer ${token}` } };
  const made = await myApiKeys.createMyApiKey({ name: uniqueName("own") }, options);
  const own = { apiKeyId: made.apiKey?.id ?? "" };
  await myApiKeys.rotateMyApiKey(own, options);
  for (const name of [code, token]) {
    await denialOf(myApiKeys.renameMyApiKey({ ...own, name }, options));
    await denialOf(portal.endPortalSessions({ projectId, ownerId: name }));
  }
  await myApiKeys.queryMyApiKeys({}, options);
  await portal.endPortalSessions({ projectId, ownerId });
  await denialOf(myApiKeys.queryMyApiKeys({}, options));
}

/** Calls that are refused, with the keys' own project and owner. */
async function denials(
  { apiKeys, verification, tiers, usage }: Clients,
  projectId: string,
  mark: string,
): Promise<void> {
  const expiration = fromNow(dayMs);
  const taken = { projectId, ownerId: mark, name: uniqueName("key"), expiration };
  await denialOf(apiKeys.createApiKey(taken));
  await apiKeys.createApiKey({ ...taken, ownerId: "" });
  await denialOf(apiKeys.createApiKey({ ...taken, ownerId: "" }));
  await denialOf(apiKeys.createApiKey({ ...taken, tier: "no-such-tier", ownerId: "" }));
  await denialOf(apiKeys.createApiKey({ ...taken, name: "!", ownerId: "" }));
  await denialOf(apiKeys.getApiKey({ projectId, apiKeyId: "22222222222222" }));
  await denialOf(apiKeys.getApiKey({ projectId: "22222222222222", apiKeyId: "22222222222222" }));
  await denialOf(verification.batchVerifyApiKeys({ requests: [] }));
  await denialOf(tiers.deleteTier({ name: "gold" }));
  await denialOf(usage.getUsage({ projectId, startTime: expiration, endTime: fromNow(0) }));
}
