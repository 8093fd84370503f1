import type { Logger } from "pino";
import type { VerificationService } from "../../../domain/verification/service.js";
import type { InFlight } from "../../call/in-flight.js";
import type { ClientAddressResolver } from "../../http/client-address.js";
import type { Askers } from "./askers.js";

/** Of a question that memory was asked: answered, or the asker has left. */
export type WarmEnd = "ok" | "canceled";

/** What a face for gateways is made of. */
export interface GatewayFaceOptions {
  readonly askers: Askers;
  readonly verification: VerificationService;
  readonly inFlight: InFlight;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientAddressResolver: ClientAddressResolver;
  /** Told what came of a question that memory was asked, and how long it took, in seconds. */
  readonly observe: (code: WarmEnd, seconds: number) => void;
  readonly logger: Logger;
}
