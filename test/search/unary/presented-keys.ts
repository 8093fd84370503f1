import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { dayMs, newApiKey, newProject } from "../../support/fixtures.js";
import { environmentKey } from "./root-keys.js";
import type { Twins } from "./twins.js";

export interface PresentedKeys {
  readonly projectId: string;
  readonly otherProjectId: string;
  /** One for every verdict, and for every way to come to it. */
  readonly keys: readonly string[];
  /** Keys that are good and were never asked for. */
  readonly cold: readonly string[];
  /** Spends a minute's limit that is never reached. */
  readonly limited: string;
}

export async function presentedKeys(twins: Twins, coldCount: number): Promise<PresentedKeys> {
  const { clients, db } = twins;
  const { apiKeys } = clients;
  const projectId = await newProject(clients, { maxKeysPerOwner: 0, allowNeverExpires: true });
  const otherProjectId = await newProject(clients);
  const make = (settings: Parameters<typeof newApiKey>[2] = {}, project = projectId) =>
    newApiKey(clients, project, settings);

  const plain = await make();
  const lasting = await make({ neverExpires: true, ownerId: "owner é 😀", tier: "enterprise" });
  const scoped = await make({ scopes: ["orders:*", "contents"], metadata: { team: "billing", é: ["😀", null, 1.5] } });
  const large = await make({ scopes: ["orders:*"], metadata: { text: "a".repeat(2_000) } });
  const nearlyLarge = await make({ metadata: { text: "a".repeat(760) } });
  const revoked = await make({ scopes: ["orders:read"] });
  await apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason: 1 });
  const disabled = await make();
  await apiKeys.deactivateApiKey({ projectId, apiKeyId: disabled.id });
  const deleted = await make();
  await apiKeys.deleteApiKey({ projectId, apiKeyId: deleted.id });
  const inGrace = await make();
  const rotated = await apiKeys.rotateApiKey({ projectId, apiKeyId: inGrace.id, gracePeriod: durationFromMs(dayMs) });
  const replaced = await make();
  await apiKeys.rotateApiKey({ projectId, apiKeyId: replaced.id, gracePeriod: durationFromMs(0) });
  const expired = await make();
  await sql`
    update altalune_project_api_keys set expires_at = altalune_now() - interval '1 hour' where public_id = ${expired.id}
  `.execute(db);
  const exhausted = await make({ rateLimits: { perDay: 1 } });
  await clients.verification.verifyApiKey({ key: exhausted.value });
  const limited = await make({ rateLimits: { perMinute: 1_000_000, perDay: 10_000_000 } });
  const elsewhere = await make({}, otherProjectId);

  const cold: string[] = [];
  for (let i = 0; i < coldCount; i++) {
    cold.push((await make()).value);
  }
  const made = newSecret("sk-");
  return {
    projectId,
    otherProjectId,
    cold,
    limited: limited.value,
    keys: [
      ...[plain, lasting, scoped, large, nearlyLarge, revoked, disabled, deleted, inGrace, replaced, expired],
      ...[exhausted, elsewhere, plain, scoped, scoped],
    ]
      .map(({ value }) => value)
      .concat(
        rotated.keyValue,
        made,
        `${made.slice(0, -1)}!`,
        `${made.slice(0, -1)}0`,
        "sk-imported",
        "",
        "é",
        environmentKey,
      )
      .concat("a".repeat(512), "a".repeat(513), plain.value.toUpperCase(), ` ${plain.value}`, `${plain.value}\n`),
  };
}
