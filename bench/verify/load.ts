/**
 * Makes load in a process of its own: closed loops over bare sockets, each of which sends the next request when the answer
 * to its last is whole. Every answer is checked.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { inTurn, type LoadTimes, onJob, runLoad } from "../lib/closed-loops.js";
import { goodBody, LoadSocket } from "./load-socket.js";
import { type Encoding, requestBytes, type Source } from "./requests.js";

export interface LoadJob extends LoadTimes {
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  readonly encoding: Encoding;
  /** A file with a JSON array of keys. */
  readonly keysFile: string;
  /** How many of them are used, in a shuffled order. */
  readonly keys: number;
  readonly connections: number;
  /** Each key is used from each of them; undefined: calls do not say where they come from. */
  readonly sources?: readonly Source[] | undefined;
}

onJob(async (job: LoadJob) => {
  const all = JSON.parse(readFileSync(job.keysFile, "utf8")) as readonly string[];
  const keys = shuffled(all.slice(0, job.keys));
  const requests = (job.sources ?? [undefined]).flatMap((source) => keys.map((key) => requestBytes(job, key, source)));
  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () =>
      LoadSocket.open(connect(job.port, "127.0.0.1"), goodBody[job.encoding]),
    ),
  );
  await runLoad(sockets, inTurn(requests), job);
});

function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    const [a, b] = [order[i], order[j]];
    if (a !== undefined && b !== undefined) {
      order[i] = b;
      order[j] = a;
    }
  }
  return order;
}
