/** Makes creations in a process of its own, each with a name and an owner that no other has. */
import { connect } from "node:net";
import { type LoadTimes, onJob, runLoad } from "../lib/closed-loops.js";
import { grantedScopes } from "../verify/granted.js";
import { LoadSocket } from "../verify/load-socket.js";
import { postBytes } from "../verify/requests.js";

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

function requestBytes(job: CreateJob): Buffer {
  made += 1;
  const name = `key ${process.pid} ${made}`;
  const request = {
    projectId: job.projectIds[made % job.projectIds.length],
    name,
    ownerId: `owner of ${name}`,
    expiration,
    scopes: grantedScopes,
    metadata: { team: "billing" },
  };
  return postBytes(job, "application/json", Buffer.from(JSON.stringify(request)));
}
