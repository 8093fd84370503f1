import { VerifyApiKeyRequestSchema } from "../../../../gen/altalune/v1/verification_pb.js";
import { sourceOf } from "../../../domain/odd_use/source.js";
import { defaultCost, maxKeyLength, type VerificationRequest } from "../../../domain/verification/model.js";
import { maxItems, textRules } from "../../../platform/field-rules.js";

/** Longest text but the key that is taken here; a secret is longer, so that none can stand where it must not. */
const maxText = 31;

/** Of any address, in characters. */
const maxAddress = 45;

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
  sourceIp: string;
  userAgent: string;
}

export function emptyRequest(): UncheckedRequest {
  return { key: "", projectId: "", requiredScopes: [], cost: undefined, sourceIp: "", userAgent: "" };
}

/** The request, if it is a valid one without anything that only the validator can judge. */
export function checkedRequest({
  key,
  projectId,
  requiredScopes,
  cost,
  sourceIp,
  userAgent,
}: UncheckedRequest): VerificationRequest | undefined {
  const source = sourceOf(sourceIp, userAgent);
  const eligible =
    // What is no address, or one with a zone, is for the validator.
    (sourceIp === "" || (source !== undefined && sourceIp.length <= maxAddress && !sourceIp.includes("%"))) &&
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
        source,
      }
    : undefined;
}
