import { VerifyApiKeyRequestSchema } from "../../../../gen/altalune/v1/verification_pb.js";
import { defaultCost, maxKeyLength, type VerificationRequest } from "../../../domain/verification/model.js";
import { maxItems, textRules } from "../../../platform/field-rules.js";

/** Longest text but the key that is taken here; a secret is longer, so that none can stand where it must not. */
const maxText = 31;

const { projectId: projectIdField, requiredScopes: scopesField } = VerifyApiKeyRequestSchema.field;
const projectIdLength = textRules(projectIdField).maxLength;
const maxScopes = maxItems(scopesField);
const scopePattern = textRules(scopesField).pattern;

/** What VerifyApiKeyRequest holds, not yet checked. */
export interface UncheckedRequest {
  key: string;
  projectId: string;
  requiredScopes: readonly string[];
  cost: number | undefined;
}

/** The request, if it is a valid one without anything that only the validator can judge. */
export function checkedRequest({
  key,
  projectId,
  requiredScopes,
  cost,
}: UncheckedRequest): VerificationRequest | undefined {
  const eligible =
    key.length <= maxKeyLength &&
    (projectId === "" || projectId.length === projectIdLength) &&
    requiredScopes.length <= maxScopes &&
    requiredScopes.every((scope) => scope.length <= maxText && scopePattern.test(scope));
  return eligible
    ? {
        key,
        projectPublicId: projectId === "" ? undefined : projectId,
        requiredScopes,
        cost: cost ?? defaultCost,
        fullyConsistent: false,
      }
    : undefined;
}
