import type { Logger } from "pino";
import type { VerificationService } from "../../../domain/verification/service.js";
import type { InFlight } from "../../call/in-flight.js";
import type { ClientAddressResolver } from "../../http/client-address.js";
import type { Askers } from "./askers.js";

/** What a face for gateways is made of. */
export interface GatewayFaceOptions {
  readonly askers: Askers;
  readonly verification: VerificationService;
  readonly inFlight: InFlight;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientAddressResolver: ClientAddressResolver;
  /** Told how long an answer from memory took, in seconds. */
  readonly observe: (seconds: number) => void;
  readonly logger: Logger;
}
