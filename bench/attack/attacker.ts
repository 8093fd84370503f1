/**
 * An attacker, for as long as this process lives: requests of every kind at a fixed rate, idle connections, and bodies that
 * never end.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { newSecret } from "../lib/product.js";

export interface AttackJob {
  readonly port: number;
  /** Without the scope to verify. */
  readonly powerlessRootKey: string;
  /** With it: as if an attacker's keys came through a caller of ours. */
  readonly rootKey: string;
  readonly perSecond: number;
  readonly idleConnections: number;
  readonly slowBodies: number;
}

const path = "/altalune.v1.VerificationService/VerifyApiKey";
const tickMs = 10;
const connections = 32;
/** One request in so many is larger than the server takes. */
const oversizedEvery = 200;

process.on("disconnect", () => process.exit());
process.on("message", (job: AttackJob) => {
  for (let i = 0; i < job.idleConnections; i++) {
    hold(job.port);
  }
  for (let i = 0; i < job.slowBodies; i++) {
    trickle(job);
  }
  flood(job);
});

function flood(job: AttackJob): void {
  const sockets = Array.from({ length: connections }, () => hold(job.port));
  const since = performance.now();
  let sent = 0;
  setInterval(() => {
    for (; sent < ((performance.now() - since) / 1000) * job.perSecond; sent++) {
      const at = sent % connections;
      if (sockets[at]?.destroyed === true) {
        sockets[at] = hold(job.port);
      }
      sockets[at]?.write(nextRequest(job, sent));
    }
  }, tickMs);
}

function nextRequest({ rootKey, powerlessRootKey }: AttackJob, number: number): Buffer {
  if (number % oversizedEvery === 0) {
    return requestBytes(rootKey, "a".repeat(1_100_000));
  }
  switch (number % 4) {
    case 0:
      return requestBytes(rootKey, newSecret("sk-"));
    case 1:
      return requestBytes(rootKey, `${newSecret("sk-").slice(0, -6)}000000`);
    case 2:
      return requestBytes(powerlessRootKey, newSecret("sk-"));
    default:
      return requestBytes(randomBytes(30).toString("base64url"), newSecret("sk-"));
  }
}

function requestBytes(authorization: string, key: string, shorter = 0): Buffer {
  const body = JSON.stringify({ key });
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    `Authorization: Bearer ${authorization}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body.slice(0, body.length - shorter)}`);
}

/** A connection that is kept, whatever comes back on it. */
function hold(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  return socket;
}

/** A body of which a byte comes now and then. */
function trickle({ port, rootKey }: Pick<AttackJob, "port" | "rootKey">): void {
  const socket = hold(port);
  socket.write(requestBytes(rootKey, "a".repeat(400), 390));
  const timer = setInterval(() => socket.write("a"), 500);
  socket.on("close", () => {
    clearInterval(timer);
    setTimeout(() => trickle({ port, rootKey }), 100);
  });
}
