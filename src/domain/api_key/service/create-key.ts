import { newPublicId } from "../../../platform/ids.js";
import type { Executor } from "../../../platform/postgres/database.js";
import type { Caller } from "../../caller.js";
import { DomainError } from "../../domain-error.js";
import type { Project } from "../../project/model.js";
import { TierNotFoundError } from "../../tier/errors.js";
import { detailOfNewKey } from "../audit-detail.js";
import { ApiKeyNameTakenError, NeverExpiresNotAllowedError } from "../errors.js";
import type { ApiKeyRequest, IssuedApiKey, NewApiKey } from "../model.js";
import { digestOf, displayForm, newSecret } from "../secret-format.js";
import { newSigningSecret } from "../signing-secret.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockOwners, type Place, roomOf } from "./owner-cap.js";
import { type KeyChange, recordKeyActions } from "./trail.js";

type Dependencies = Pick<ApiKeyServiceDependencies, "store" | "audit" | "tiers">;

/** A key that is to be written. */
export interface Draft {
  readonly caller: Caller;
  readonly project: Project;
  readonly newKey: NewApiKey;
  readonly keyValue: string;
  readonly signingSecret: string | undefined;
}

/**
 * Makes a key, which is not yet written; its value, and its signing secret if it has one, are in the draft and nowhere else.
 * What the client left open is as the project has it.
 *
 * @param reachableProjectIds of a root key, the public ids of the projects that it reaches; undefined: all
 * @throws NeverExpiresNotAllowedError
 */
export function draftKey(
  masterKey: ApiKeyServiceDependencies["masterKey"],
  caller: Caller,
  project: Project,
  request: ApiKeyRequest,
  reachableProjectIds?: readonly string[],
): Draft {
  const { withSigningSecret, ...wanted } = request;
  if (wanted.expiresAt === undefined && !project.allowNeverExpires) {
    throw new NeverExpiresNotAllowedError();
  }
  const publicId = newPublicId();
  const keyValue = newSecret(project.keyPrefix);
  const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
  const signing = withSigningSecret ? newSigningSecret(masterKey, owner) : undefined;
  const newKey: NewApiKey = {
    ...wanted,
    projectId: project.id,
    publicId,
    displayPrefix: displayForm(keyValue, project.keyPrefix),
    digest: digestOf(keyValue),
    scopes: wanted.scopes.length > 0 ? wanted.scopes : project.defaultScopes,
    tier: wanted.tier || project.defaultTier,
    signingSecret: signing?.ciphertext,
    reachableProjectIds,
  };
  return { caller, project, newKey, keyValue, signingSecret: signing?.secret };
}

/** A key that was written, or why it alone was denied. */
export interface WrittenDraft {
  readonly draft: Draft;
  readonly outcome: IssuedApiKey | DomainError;
}

/** Writes a key within a transaction. @throws DomainError when it is denied */
export async function writeKey(dependencies: Dependencies, tx: Executor, draft: Draft): Promise<IssuedApiKey> {
  const [written] = await writeKeys(dependencies, tx, [draft]);
  if (written === undefined || written.outcome instanceof DomainError) {
    throw written?.outcome ?? new Error("a key was written without an outcome");
  }
  return written.outcome;
}

/** Writes keys of any projects within one transaction, each with its event. */
export async function writeKeys(
  { store, audit, tiers }: Dependencies,
  tx: Executor,
  drafts: readonly Draft[],
): Promise<readonly WrittenDraft[]> {
  const tierNames = await tiers.holdAllForUse(
    tx,
    drafts.map(({ newKey }) => newKey.tier),
  );
  const withTier = drafts.filter(({ newKey }) => tierNames.has(newKey.tier));
  await lockOwners(store, tx, withTier.map(placeOf));
  const room = await roomOf(store, tx, withTier.map(placeOf));
  const noRoom = new Map(withTier.map((draft) => [draft, room.take(placeOf(draft))]));
  const admitted = withTier.filter((draft) => noRoom.get(draft) === undefined);
  const rows =
    admitted.length === 0
      ? []
      : await store.insert(
          tx,
          admitted.map(({ newKey }) => newKey),
        );
  const byPublicId = new Map(rows.map((apiKey) => [apiKey.publicId, apiKey]));

  const written = drafts.map((draft): WrittenDraft => {
    const apiKey = byPublicId.get(draft.newKey.publicId);
    if (apiKey !== undefined) {
      return { draft, outcome: { apiKey, keyValue: draft.keyValue, signingSecret: draft.signingSecret } };
    }
    return {
      draft,
      outcome: tierNames.has(draft.newKey.tier)
        ? (noRoom.get(draft) ?? new ApiKeyNameTakenError())
        : new TierNotFoundError(),
    };
  });
  await recordKeyActions(audit, tx, written.flatMap(creationOf));
  return written;
}

function creationOf({ draft: { caller, project }, outcome }: WrittenDraft): readonly KeyChange[] {
  if (outcome instanceof DomainError) {
    return [];
  }
  const { apiKey } = outcome;
  return [{ caller, project, action: "created", apiKey, detail: detailOfNewKey(apiKey) }];
}

function placeOf({ project, newKey }: Draft): Place {
  return { project, ownerId: newKey.ownerId };
}
