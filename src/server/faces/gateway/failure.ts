import { Code } from "@connectrpc/connect";
import type { Logger } from "pino";
import { ErrorInfoSchema } from "../../../../gen/google/rpc/error_details_pb.js";
import { DomainError } from "../../../domain/domain-error.js";
import { callerError } from "../../errors/caller-error.js";
import { codeName } from "../../errors/code-name.js";
import type { Refusal } from "./refusal.js";
import { RequirementError } from "./requirements.js";

/** What the root key's faults are, and the project's, in the words of the gateway's operator. */
const configurationFaults: Readonly<Record<string, string>> = {
  ROOT_KEY_INVALID: "the gateway's root key does not work; send one that does in X-Altalune-Root-Key",
  TOO_MANY_FAILED_AUTHENTICATIONS: "the gateway's root key does not work, and was tried too often",
  PERMISSION_MISSING: "the gateway's root key lacks the scope api_keys:verify",
  PROJECT_NOT_FOUND: "the gateway's root key does not reach the project that is asked for",
  GATEWAY_ROOT_KEY_ENDED:
    "the root key that this listener acts by was revoked or has expired; name another one, and restart",
};

/**
 * The answer where there is no verdict. Nothing of it may look like one: 500 is for whoever has configured the gateway, and for
 * faults of ours, 503 for what passes by itself.
 */
export function failureOf(error: unknown, requestId: string, logger: Logger): Refusal {
  if (error instanceof RequirementError) {
    return failure(500, "REQUIREMENT_INVALID", error.message);
  }
  const told = callerError(error, requestId, logger);
  const reason = error instanceof DomainError ? error.reason : told.findDetails(ErrorInfoSchema)[0]?.reason;
  const fault = reason === undefined ? undefined : configurationFaults[reason];
  if (reason !== undefined && fault !== undefined) {
    return failure(500, reason, fault);
  }
  return told.code === Code.Internal
    ? failure(500, "INTERNAL", told.rawMessage)
    : failure(
        503,
        reason ?? codeName(told.code).toUpperCase(),
        "no verdict on API keys can be had; try again in a moment",
      );
}

function failure(status: 500 | 503, code: string, detail: string): Refusal {
  return { status, trueStatus: status, code, detail, headers: status === 503 ? ["Retry-After", "1"] : [] };
}
