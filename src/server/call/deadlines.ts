import { maxCallMs, maxStreamMs } from "../http/limits.js";

const connectTimeout = "connect-timeout-ms";
const grpcTimeout = "grpc-timeout";

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * Brings the deadline that a client asks for down to what the server grants, and gives one to a unary call that has
 * none. A header that cannot be read is left for the protocol to refuse.
 */
export function clampDeadline(header: Headers, unary: boolean): void {
  const grpc = header.get("content-type")?.startsWith("application/grpc") ?? false;
  const name = grpc ? grpcTimeout : connectTimeout;
  const asked = header.get(name);
  const most = unary ? maxCallMs : maxStreamMs;
  const exceeded = asked === null ? unary : milliseconds(asked, grpc) > most;
  if (exceeded) {
    header.set(name, grpc ? `${most}m` : String(most));
  }
}

function milliseconds(timeout: string, grpc: boolean): number {
  if (!grpc) {
    return /^\d{1,10}$/.test(timeout) ? Number(timeout) : Number.NaN;
  }
  const [, amount, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(timeout) ?? [];
  return Number(amount) * (unitMs[unit] ?? Number.NaN);
}
