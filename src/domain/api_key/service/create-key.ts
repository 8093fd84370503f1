import { newPublicId } from "../../../platform/ids.js";
import type { Executor } from "../../../platform/postgres/database.js";
import type { Caller } from "../../caller.js";
import type { Project } from "../../project/model.js";
import { detailOfNewKey } from "../audit-detail.js";
import { ApiKeyNameTakenError, NeverExpiresNotAllowedError } from "../errors.js";
import type { ApiKey, ApiKeyRequest, IssuedApiKey, NewApiKey } from "../model.js";
import { digestOf, displayForm, newSecret } from "../secret-format.js";
import { newSigningSecret } from "../signing-secret.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockOwner, requireRoom } from "./owner-cap.js";
import { recordKeyAction } from "./trail.js";

type Dependencies = Pick<ApiKeyServiceDependencies, "store" | "audit" | "tiers" | "masterKey">;

/**
 * Makes a key; its value, and its signing secret if it has one, are in what is returned and nowhere else.
 *
 * @param reachableProjectIds of a root key, the public ids of the projects that it reaches; undefined: all
 */
export async function createKey(
  { store, audit, tiers, masterKey }: Dependencies,
  tx: Executor,
  caller: Caller,
  project: Project,
  request: ApiKeyRequest,
  reachableProjectIds: readonly string[] | undefined,
): Promise<IssuedApiKey> {
  requireExpiration(project, request);
  const { newKey, keyValue, signingSecret } = issue(masterKey, project, request);
  await lockOwner(store, tx, project, request.ownerId);
  await requireRoom(store, tx, project, request.ownerId);
  await tiers.holdForUse(tx, newKey.tier);
  const apiKey = named(await store.insert(tx, { ...newKey, reachableProjectIds }));
  await recordKeyAction(audit, tx, caller, project, "created", apiKey, detailOfNewKey(apiKey));
  return { apiKey, keyValue, signingSecret };
}

function requireExpiration(project: Project, { expiresAt }: ApiKeyRequest): void {
  if (expiresAt === undefined && !project.allowNeverExpires) {
    throw new NeverExpiresNotAllowedError();
  }
}

/** The key as it is stored, with its secrets beside it; what the client left open is as the project has it. */
function issue(masterKey: Dependencies["masterKey"], project: Project, request: ApiKeyRequest) {
  const { withSigningSecret, ...wanted } = request;
  const publicId = newPublicId();
  const keyValue = newSecret(project.keyPrefix);
  const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
  const signing = withSigningSecret ? newSigningSecret(masterKey, owner) : undefined;
  const newKey: Omit<NewApiKey, "reachableProjectIds"> = {
    ...wanted,
    projectId: project.id,
    publicId,
    displayPrefix: displayForm(keyValue, project.keyPrefix),
    digest: digestOf(keyValue),
    scopes: wanted.scopes.length > 0 ? wanted.scopes : project.defaultScopes,
    tier: wanted.tier || project.defaultTier,
    signingSecret: signing?.ciphertext,
  };
  return { newKey, keyValue, signingSecret: signing?.secret };
}

function named(apiKey: ApiKey | undefined): ApiKey {
  if (apiKey === undefined) {
    throw new ApiKeyNameTakenError();
  }
  return apiKey;
}
