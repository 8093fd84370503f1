/** Makes creations in a process of its own, each with a name and an owner that no other has. */
import { connect } from "node:net";
import { type LoadTimes, onJob, runLoad } from "../lib/closed-loops.js";
import { LoadSocket } from "../verify/load-socket.js";

export interface CreateJob extends LoadTimes {
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  /** Of these projects, in turn. */
  readonly projectIds: readonly string[];
  readonly connections: number;
}

const lifetimeMs = 90 * 24 * 60 * 60 * 1000;
const expiration = new Date(Date.now() + lifetimeMs).toISOString();
let made = 0;

onJob(async (job: CreateJob) => {
  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () => LoadSocket.open(connect(job.port, "127.0.0.1"), '{"apiKey":{')),
  );
  await runLoad(sockets, () => requestBytes(job), job);
});

function requestBytes({ port, path, authorization, projectIds }: CreateJob): Buffer {
  made += 1;
  const name = `key ${process.pid} ${made}`;
  const body = JSON.stringify({
    projectId: projectIds[made % projectIds.length],
    name,
    ownerId: `owner of ${name}`,
    expiration,
    scopes: ["orders:read", "orders:write"],
    metadata: { team: "billing" },
  });
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${authorization}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
