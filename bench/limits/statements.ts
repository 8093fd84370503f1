import { RpcClient } from "../lib/rpc-client.js";
import type { ServiceProcess } from "../lib/service-process.js";
import { offer, roomInMinute, spreadTimes } from "./offer.js";

const durationMs = 4_000;

export interface StatementCount {
  readonly perMinute: number;
  readonly calls: number;
  readonly admitted: number;
  readonly statementsPerThousand: number;
}

/** How many statements a key takes that is asked for half of its limit within a few seconds of one minute. */
export async function countStatements(
  service: ServiceProcess,
  key: string,
  perMinute: number,
): Promise<StatementCount> {
  const rpc = new RpcClient(service);
  try {
    await roomInMinute(2 * durationMs);
    const before = await refillsOf(service);
    const calls = spreadTimes(Math.floor(perMinute / 2), durationMs).map((atMs) => ({ atMs, to: rpc, key }));
    const counts = await offer(calls);
    const statements = (await refillsOf(service)) - before;
    return {
      perMinute,
      calls: calls.length,
      admitted: counts.reduce((sum, { admitted }) => sum + admitted, 0),
      statementsPerThousand: (statements * 1_000) / calls.length,
    };
  } finally {
    rpc.close();
  }
}

async function refillsOf({ url }: ServiceProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^altalune_limit_refills_total (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
