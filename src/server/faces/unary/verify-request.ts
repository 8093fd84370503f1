import { defaultCost, type VerificationRequest } from "../../../domain/verification/model.js";

/** Longest text but the key that is taken here; a secret is longer, so that none can stand where it must not. */
const maxText = 31;
const maxKey = 512;
const maxScopes = 64;
const projectIdLength = 14;
const scopePattern = /^[a-zA-Z0-9_.-]+(:[a-zA-Z0-9_.-]+)*$/;

/** What VerifyApiKeyRequest holds, not yet checked. */
export interface RawQuestion {
  key: string;
  projectId: string;
  requiredScopes: readonly string[];
  cost: number | undefined;
}

/** The question, if it is a valid one without anything that only the full path can judge. */
export function checkedQuestion({
  key,
  projectId,
  requiredScopes,
  cost,
}: RawQuestion): VerificationRequest | undefined {
  const plain =
    key.length <= maxKey &&
    (projectId === "" || projectId.length === projectIdLength) &&
    requiredScopes.length <= maxScopes &&
    requiredScopes.every((scope) => scope.length <= maxText && scopePattern.test(scope));
  return plain
    ? {
        key,
        projectPublicId: projectId === "" ? undefined : projectId,
        requiredScopes,
        cost: cost ?? defaultCost,
        fullyConsistent: false,
      }
    : undefined;
}
