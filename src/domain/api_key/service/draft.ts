import { newPublicId } from "../../../platform/ids.js";
import type { Author } from "../../caller.js";
import type { DomainError } from "../../domain-error.js";
import type { Project } from "../../project/model.js";
import type { Claim } from "../../request_id/model.js";
import { policyOfNewKey } from "../../rotation/model.js";
import { NeverExpiresNotAllowedError } from "../errors.js";
import type { ApiKeyRequest, IssuedApiKey, NewApiKey } from "../model.js";
import { digestOf, displayForm, newSecret } from "../secret-format.js";
import { newSigningSecret } from "../signing-secret.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";

/** A key that is to be written. */
export interface Draft {
  readonly caller: Author;
  readonly project: Project;
  readonly newKey: NewApiKey;
  readonly keyValue: string;
  readonly signingSecret: string | undefined;
  /** Why there is no such key, unless the same request made it before. */
  readonly denial?: DomainError | undefined;
  /** The name that the client gave its request; undefined: none. */
  readonly claim?: Claim | undefined;
}

/**
 * Makes a key, which is not yet written; its value, and its signing secret if it has one, are in the draft and nowhere else.
 * What the client left open is as the project has it.
 *
 * @param reachableProjectIds of a root key, the public ids of the projects that it reaches; undefined: all
 */
export function draftKey(
  masterKey: ApiKeyServiceDependencies["masterKey"],
  caller: Author,
  project: Project,
  request: ApiKeyRequest,
  reachableProjectIds?: readonly string[],
): Draft {
  const { withSigningSecret, ...wanted } = request;
  const isAllowed = wanted.expiresAt !== undefined || project.allowNeverExpires;
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
    rotationPolicy: wanted.rotationPolicy ?? policyOfNewKey(project.rotationPolicy, wanted.expiresAt, new Date()),
    signingSecret: signing?.ciphertext,
    reachableProjectIds,
  };
  return {
    caller,
    project,
    newKey,
    keyValue,
    signingSecret: signing?.secret,
    denial: isAllowed ? undefined : new NeverExpiresNotAllowedError(),
  };
}

/** A key that was written, or why it alone was denied. */
export interface WrittenDraft {
  readonly draft: Draft;
  readonly outcome: IssuedApiKey | DomainError;
}
