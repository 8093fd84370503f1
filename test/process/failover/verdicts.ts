import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import type { TestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";

/** What a verification is answered with: a verdict, or the code of an error. */
export async function answerOf(instance: TestInstance, key: string): Promise<string> {
  const call = instance.clients.verification.verifyApiKey({ key });
  try {
    return VerificationCode[(await call).code] ?? "";
  } catch {
    return (await denialOf(call)).code;
  }
}

export async function readyOf({ url }: TestInstance): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, text: await response.text() };
}

/** In seconds, since the lease was renewed. */
export async function leaseAgeOf(instance: TestInstance): Promise<number> {
  const metrics = await metricsOf(instance);
  return Number(/^altalune_lease_age_seconds (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN);
}
