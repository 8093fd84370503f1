/** The compiled product, which is what is measured: `npm run build` comes first. Types are those of its source. */
async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as Module;
}

export const { startEmbeddedPostgres } = await load<typeof import("@altalune/embedded-postgres")>(
  "../packages/embedded-postgres/dist/index.js",
);
export const { openDatabase } = await load<typeof import("../../src/platform/postgres/open.js")>(
  "src/platform/postgres/open.js",
);
export const { createDatabase } = await load<typeof import("../../src/platform/postgres/database.js")>(
  "src/platform/postgres/database.js",
);
export const { createPool } = await load<typeof import("../../src/platform/postgres/pool.js")>(
  "src/platform/postgres/pool.js",
);
export const { createLogger } = await load<typeof import("../../src/platform/logger.js")>("src/platform/logger.js");
export const { MasterKey } =
  await load<typeof import("../../src/platform/master-key.js")>("src/platform/master-key.js");
export const { newPublicId } = await load<typeof import("../../src/platform/ids.js")>("src/platform/ids.js");
export const { createServices } = await load<typeof import("../../src/app/context.js")>("src/app/context.js");
export const { commandLineCaller } = await load<typeof import("../../src/domain/caller.js")>("src/domain/caller.js");
export const { digestOf, displayForm, newSecret } = await load<
  typeof import("../../src/domain/api_key/secret-format.js")
>("src/domain/api_key/secret-format.js");
export const { createAuthorityGate } =
  await load<typeof import("../../src/server/authority/gate.js")>("src/server/authority/gate.js");
export const { credentialResolvers } = await load<typeof import("../../src/server/authority/credentials/resolvers.js")>(
  "src/server/authority/credentials/resolvers.js",
);
export const { callContextKey } = await load<typeof import("../../src/server/call/call-context.js")>(
  "src/server/call/call-context.js",
);
export const { verificationHandler } = await load<typeof import("../../src/domain/verification/handler.js")>(
  "src/domain/verification/handler.js",
);
export const { VerificationService, VerifyApiKeyRequestSchema } = await load<
  typeof import("../../gen/altalune/v1/verification_pb.js")
>("gen/altalune/v1/verification_pb.js");
export const { jsonCodec } = await load<typeof import("../../src/server/faces/unary/json-codec.js")>(
  "src/server/faces/unary/json-codec.js",
);
export const { binaryCodec } = await load<typeof import("../../src/server/faces/unary/binary-codec.js")>(
  "src/server/faces/unary/binary-codec.js",
);
export const { maxRecords, maxUnknown } = await load<typeof import("../../src/domain/verification/record-cache.js")>(
  "src/domain/verification/record-cache.js",
);
export const { verificationRepo } = await load<typeof import("../../src/domain/verification/repo.js")>(
  "src/domain/verification/repo.js",
);
export const { Authorization, CheckRequestSchema, CheckResponseSchema } = await load<
  typeof import("../../gen/envoy/service/auth/v3/external_auth_pb.js")
>("gen/envoy/service/auth/v3/external_auth_pb.js");
export const { usageRepo } = await load<typeof import("../../src/domain/usage/repo.js")>("src/domain/usage/repo.js");
export const { oddUseRepo } =
  await load<typeof import("../../src/domain/odd_use/repo.js")>("src/domain/odd_use/repo.js");
export const { SourceRecorder } = await load<typeof import("../../src/domain/odd_use/source-recorder.js")>(
  "src/domain/odd_use/source-recorder.js",
);
export const { emptySlots } =
  await load<typeof import("../../src/platform/object-slot.js")>("src/platform/object-slot.js");
