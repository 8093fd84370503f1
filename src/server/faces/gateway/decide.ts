import { Code, ConnectError } from "@connectrpc/connect";
import { VerificationService as VerificationServiceDescriptor } from "../../../../gen/altalune/v1/verification_pb.js";
import { DatabaseSilentError } from "../../../domain/overload/errors.js";
import type { RootKeyPrincipal } from "../../../domain/root_key/model.js";
import type { Verdict } from "../../../domain/verification/model.js";
import { within } from "../../../platform/timeout.js";
import { authorize } from "../../authority/authorize.js";
import { type CallValues, callContextKey, principalLabelKey } from "../../call/call-context.js";
import type { HttpRequest } from "../../http/http.js";
import { checkReach, questionOf } from "./asking.js";
import type { ClientRequest } from "./client-request.js";
import { GatewayCaller } from "./gateway-caller.js";
import type { GatewayFaceOptions } from "./options.js";
import { presentedKeys } from "./presented-keys.js";
import { type Refusal, refusalOf, refusalOfKeys } from "./refusal.js";
import type { Requirements } from "./requirements.js";

/** How long a gateway waits for a verdict, in milliseconds; then it hears that there is none. */
const verdictMs = 5_000;

/** Why not to let a request pass, or whose key it has: only a VALID verdict lets it pass. */
export type Decision = { readonly refusal: Refusal } | { readonly refusal?: undefined; readonly valid: Verdict };

/** Takes a gateway's question the way that calls take through the pipeline: it has no message for that. */
export interface Decide {
  /** Drain, authentication, scope. @throws DomainError, ConnectError */
  admit(request: HttpRequest, values: CallValues): Promise<RootKeyPrincipal>;
  /** Reach, and the verdict on what was presented. @throws DomainError */
  decide(
    principal: RootKeyPrincipal,
    requestId: string,
    asked: { readonly client: ClientRequest; readonly requirements: Requirements; readonly secrets: readonly string[] },
  ): Promise<Decision>;
}

export function createDecide({ askers, verification, inFlight }: GatewayFaceOptions): Decide {
  return {
    async admit(request, values) {
      const { requestId, clientAddress } = values.get(callContextKey);
      if (inFlight.draining) {
        throw new ConnectError("this server is shutting down", Code.Unavailable);
      }
      const principal = await askers.authenticate(request, clientAddress, requestId);
      values.set(principalLabelKey, principal.actor);
      const denial = authorize(principal, VerificationServiceDescriptor.method.verifyApiKey);
      if (denial !== undefined) {
        throw denial;
      }
      return principal;
    },

    async decide(principal, requestId, { client, requirements, secrets }) {
      checkReach(principal, requirements);
      const keys = presentedKeys(client, requirements);
      const [key] = keys;
      if (key === undefined || keys.length > 1) {
        return { refusal: refusalOfKeys(keys.length, requirements) };
      }
      const caller = new GatewayCaller(principal, requestId, client, secrets);
      return decisionOf(await verification.verify(caller, questionOf(requirements, key, client)), requirements);
    },
  };
}

export function decisionOf(verdict: Verdict, requirements: Requirements): Decision {
  const { code } = verdict;
  return code === "valid" ? { valid: verdict } : { refusal: refusalOf(code, verdict, requirements) };
}

/** What comes of a question in time. */
export function inTime<Result>(answering: Promise<Result>): Promise<Result> {
  return within(answering, verdictMs, () => new DatabaseSilentError());
}
