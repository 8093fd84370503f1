import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { sql } from "kysely";
import { VerifyApiKeyRequestSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { createServices, type Services } from "../../../src/app/context.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { type UsageCode, usageCodeNumbers } from "../../../src/domain/usage/model.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { requestFromProto, signedRequestFromProto } from "../../../src/domain/verification/mapper.js";
import type { VerificationCode } from "../../../src/domain/verification/model.js";
import { createLogger } from "../../../src/platform/logger.js";
import { MasterKey } from "../../../src/platform/master-key.js";
import { newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { eventsOf } from "../exposure/trail.js";
import { type SigningKey, signedBy } from "../signed-requests/signed.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface TestKey {
  readonly projectId: string;
  readonly id: string;
  readonly value: string;
}

export async function newKeyOf(
  { clients }: Pick<TestInstance, "clients">,
  projectId: string,
  settings: Parameters<typeof newApiKey>[2] = {},
): Promise<TestKey> {
  return { projectId, ...(await newApiKey(clients, projectId, settings)) };
}

/** The services of an instance without a server, which writes and looks when it is told to. */
export interface Side {
  readonly services: Services;
  stop(): Promise<void>;
}

export async function startSide({ db, databaseUrl, masterKey }: TestInstance): Promise<Side> {
  const services = await createServices({
    db,
    masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
    environmentKey: undefined,
    listen: { url: databaseUrl, leaseMs: 30_000, logger: createLogger("silent") },
  });
  services.link?.start();
  for (let waited = 0; !services.lease.holds(); waited += 10) {
    if (waited > 20_000) {
      throw new Error("it does not hear of changes");
    }
    await sleep(10);
  }
  return { services, stop: async () => services.link?.stop() };
}

/** Verifies a key so many times by way of an instance. */
export async function use(
  { services }: Side,
  { value }: TestKey,
  times: number,
  more: { readonly sourceIp?: string; readonly userAgent?: string; readonly requiredScopes?: string[] } = {},
): Promise<readonly VerificationCode[]> {
  const request = requestFromProto(create(VerifyApiKeyRequestSchema, { key: value, ...more }));
  const verdicts = await services.verification.verifyMany(
    commandLineCaller,
    Array.from({ length: times }, () => request),
  );
  return verdicts.map(({ code }) => code);
}

/** Has signed requests of a key verified by way of an instance. @returns the verdict, which all have */
export async function signedUse({ services }: Side, key: SigningKey, times: number): Promise<VerificationCode> {
  const codes = new Set<VerificationCode>();
  for (let i = 0; i < times; i++) {
    const request = signedRequestFromProto(signedBy(key));
    codes.add((await services.signedRequests.verify(commandLineCaller, request)).code);
  }
  const [code, ...others] = codes;
  if (code === undefined || others.length > 0) {
    throw new Error(`there is not one verdict, but ${[...codes]}`);
  }
  return code;
}

/** Writes what every instance has counted, and waits until all that gives reason to was looked at. */
export async function looked({ db }: TestInstance, fleet: readonly Side[]): Promise<void> {
  for (const { services } of fleet) {
    await services.usage.flush();
    await services.oddUse.flush();
  }
  await Promise.all(fleet.map(({ services }) => services.oddUse.look()));
  for (let waited = 0; waited < 20_000; waited += 20) {
    const left = await db.selectFrom("altalune_odd_use_looks").select("id").execute();
    if (left.length === 0) {
      return;
    }
    await sleep(20);
  }
  throw new Error("there are keys that nobody looks at");
}

/** What the trail tells of odd use, the newest first. */
export async function signalsOf(instance: TestInstance, projectId: string) {
  return (await eventsOf(instance, projectId, "api_key.suspicious")).map(({ actor, resourceId, detail }) => ({
    actor,
    resourceId,
    ...(detail as Record<string, unknown>),
  }));
}

/** Lets all that is known of where keys were used from be some days older. */
export async function ageSources({ db }: TestInstance, days: number): Promise<void> {
  // By way of where nothing is: a row that takes the place of one which still stands there is refused.
  for (const by of [days + far, -far]) {
    await sql`
      update altalune_api_key_sources set
        day = day - ${by}::integer, first_at = first_at - make_interval(days => ${by}), last_at = last_at - make_interval(days => ${by})
    `.execute(db);
  }
}

const far = 1_000;

let sequence = 0n;
/** Usage of an hour so many hours ago. */
export async function usedBefore(
  { db }: TestInstance,
  { id }: TestKey,
  hoursAgo: number,
  verifications: number,
  code: UsageCode = "valid",
): Promise<void> {
  const key = await db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id", "id"])
    .where("public_id", "=", id)
    .executeTakeFirstOrThrow();
  await usageRepo.add(db, "a test", {
    sequence: ++sequence,
    hour: new Date((Math.floor(Date.now() / hourMs) - hoursAgo) * hourMs),
    projectIds: [key.project_id],
    apiKeyIds: [key.id],
    codes: [usageCodeNumbers[code]],
    verifications: [verifications],
    lastUsedMs: [0],
  });
}

export const hoursOfWeek = 7 * (dayMs / hourMs);

/** What is counted by the hour is not to be parted by one that ends. */
export async function earlyInHour(): Promise<void> {
  const left = hourMs - (Date.now() % hourMs);
  if (left < 15_000) {
    await sleep(left);
  }
}
