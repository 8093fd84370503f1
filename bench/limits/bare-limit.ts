/**
 * What a user would write by hand to limit keys: node:http, JSON.parse, SHA-256, a Map, and a counter a key and minute in the
 * memory of the one process.
 */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { grantedScopes } from "../verify/granted.js";
import { announcePort } from "../verify/subject-port.js";

interface Counted {
  readonly id: string;
  minute: number;
  calls: number;
}

const [keysFile = "", perMinute = ""] = process.argv.slice(2);
const limit = Number(perMinute);
const keys = new Map<string, Counted>(
  (JSON.parse(readFileSync(keysFile, "utf8")) as string[]).map((key, i) => [
    hash("sha256", key, "latin1" as "hex"),
    { id: String(i).padStart(14, "k"), minute: 0, calls: 0 },
  ]),
);

announcePort(
  createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { key } = JSON.parse(Buffer.concat(chunks).toString()) as { key: string };
      const answer = JSON.stringify(verdictOn(key));
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
      response.end(answer);
    });
  }),
);

function verdictOn(key: string): object {
  const counted = keys.get(hash("sha256", key, "latin1" as "hex"));
  if (counted === undefined) {
    return { valid: false, code: "VERIFICATION_CODE_NOT_FOUND" };
  }
  const minute = Math.floor(Date.now() / 60_000);
  if (counted.minute !== minute) {
    counted.minute = minute;
    counted.calls = 0;
  }
  counted.calls += 1;
  const remaining = Math.max(0, limit - counted.calls);
  const valid = counted.calls <= limit;
  return {
    valid,
    code: valid ? "VERIFICATION_CODE_VALID" : "VERIFICATION_CODE_RATE_LIMITED",
    apiKeyId: counted.id,
    scopes: grantedScopes,
    rateLimits: [{ limit, remaining, resetAt: new Date((minute + 1) * 60_000) }],
  };
}
