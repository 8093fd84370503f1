/** Makes load as gateways do, in a process of its own. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { inTurn, type LoadTimes, type Loop, onJob, runLoad } from "../lib/closed-loops.js";
import { LoadSocket } from "../verify/load-socket.js";
import { GrpcConnection } from "./grpc-connection.js";
import { type Asking, questionBytes } from "./questions.js";

export interface GatewayLoadJob extends LoadTimes, Asking {
  /** A file with a JSON array of keys. */
  readonly keysFile: string;
  readonly connections: number;
  /** Of each connection over gRPC. */
  readonly streams: number;
}

onJob(async (job: GatewayLoadJob) => {
  const keys = JSON.parse(readFileSync(job.keysFile, "utf8")) as readonly string[];
  const opened = await Promise.all(Array.from({ length: job.connections }, () => open(job)));
  await runLoad(
    opened.flatMap(({ loops }) => loops),
    inTurn(keys.map((key) => questionBytes(job, key))),
    job,
  );
  for (const { close } of opened) {
    close();
  }
});

interface Opened {
  readonly loops: readonly Loop[];
  close(): void;
}

async function open({ wire, port, streams }: GatewayLoadJob): Promise<Opened> {
  const socket = connect(port, "127.0.0.1");
  if (wire === "http") {
    return { loops: [await LoadSocket.open(socket, "")], close: () => socket.destroy() };
  }
  const connection = await GrpcConnection.open(socket);
  return { loops: Array.from({ length: streams }, () => connection.stream()), close: () => connection.close() };
}
