import { VerificationService as VerificationServiceDescriptor } from "../../../../gen/altalune/v1/verification_pb.js";
import type { RootKeyPrincipal } from "../../../domain/root_key/model.js";
import { createAuthorized } from "../../authority/remembered-authority.js";
import { requestIdBeside } from "../../call/request-id.js";
import type { HeadedRequest } from "../../http/http.js";
import { checkReach, questionOf } from "./asking.js";
import type { ClientRequest } from "./client-request.js";
import { type Decision, decisionOf } from "./decide.js";
import { GatewayCaller } from "./gateway-caller.js";
import type { GatewayFaceOptions, WarmEnd } from "./options.js";
import { presentedKeys } from "./presented-keys.js";
import type { Requirements } from "./requirements.js";
import { createNoteWarmEnd } from "./warm-end.js";

/** A gateway that memory knows, and since when it asks. */
export interface WarmAsker {
  readonly request: HeadedRequest;
  readonly principal: RootKeyPrincipal;
  readonly startedAt: number;
}

/** What it asks, where that is in order. */
export interface WarmAsked {
  readonly client: ClientRequest;
  readonly requirements: Requirements;
}

/** Decides from memory, without a promise. What it does not decide is left to whoever serves the rest, as if it were not there. */
export interface WarmDecision {
  /** Undefined: memory does not know it, or it may not ask. */
  askerOf(request: HeadedRequest): WarmAsker | undefined;
  /**
   * @param read what is asked; what it throws is told by whoever serves the rest
   * @param answer sends what was decided, and says whether somebody was there to hear it
   * @returns whether it was decided; if not, nothing was done
   */
  decide<Asked extends WarmAsked>(
    asker: WarmAsker,
    read: () => Asked,
    answer: (decision: Decision, asked: Asked, requestId: string) => WarmEnd,
  ): boolean;
}

/** @param named the face, as the log names it */
export function createWarmDecision(
  options: GatewayFaceOptions,
  named: { readonly method: string; readonly protocol: string },
): WarmDecision {
  const { askers, verification, inFlight } = options;
  const isAuthorized = createAuthorized(VerificationServiceDescriptor.method.verifyApiKey);
  const noteEnd = createNoteWarmEnd(options, named);
  return {
    askerOf(request) {
      if (inFlight.draining) {
        return undefined;
      }
      const startedAt = performance.now();
      const principal = askers.remembered(request);
      return principal !== undefined && isAuthorized(principal) ? { request, principal, startedAt } : undefined;
    },

    decide({ request, principal, startedAt }, read, answer) {
      const asked = readRightly(principal, read);
      if (asked === undefined) {
        return false;
      }
      const { client, requirements } = asked;
      const [key, another] = presentedKeys(client, requirements);
      if (key === undefined || another !== undefined) {
        return false;
      }
      const secrets = [key, askers.secretIn(request)];
      const requestId = requestIdBeside(request.headers["x-request-id"], secrets);
      const caller = new GatewayCaller(principal, requestId, client, secrets);
      return verification.tryVerify(caller, questionOf(requirements, key, client), (verdict) => {
        noteEnd(answer(decisionOf(verdict, requirements), asked, requestId), caller, request, startedAt);
        return true;
      });
    },
  };
}

/** Undefined: it is not in order, or beyond the gateway's reach. */
function readRightly<Asked extends WarmAsked>(principal: RootKeyPrincipal, read: () => Asked): Asked | undefined {
  try {
    const asked = read();
    checkReach(principal, asked.requirements);
    return asked;
  } catch {
    return undefined;
  }
}
