import { Consistency } from "../../gen/altalune/v1/verification_pb.js";
import type { Clients } from "./instance.js";

type VerifyRequest = Parameters<Clients["verification"]["verifyApiKey"]>[0];

/** The verdict on a key as the database has it: these tests turn its clock and write to it behind the server's back. */
export async function verdictOf({ verification }: Clients, key: string, request: VerifyRequest = {}) {
  return verification.verifyApiKey({ key, consistency: Consistency.FULLY_CONSISTENT, ...request });
}

/** The code alone. */
export async function codeOf(clients: Clients, key: string, request: VerifyRequest = {}) {
  return (await verdictOf(clients, key, request)).code;
}
