import type { Verdict, VerificationRequest } from "../../../domain/verification/model.js";

/**
 * An encoded message. As a string, Node writes it together with the headers; bytes it would write by themselves, which
 * costs as much as all the rest of a warm call.
 */
export interface EncodedResponse {
  readonly text: string;
  /** Latin-1 where it will do: Node writes it faster. */
  readonly encoding: "utf8" | "latin1";
  /** How many bytes the text is in that encoding. */
  readonly bytes: number;
}

/** Reads and writes the messages of VerifyApiKey in one encoding. */
export interface VerifyCodec {
  readonly contentType: string;
  /** @returns undefined when the message is left to the protobuf library and the validator */
  decode(body: Buffer): VerificationRequest | undefined;
  encode(verdict: Verdict): EncodedResponse;
}
