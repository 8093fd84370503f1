/** The floor: the least that an HTTP service in Node can do to answer the question. It checks nothing else. */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { grantedScopes } from "./granted.js";
import { announcePort } from "./subject-port.js";

interface FloorRecord {
  readonly projectId: string;
  readonly apiKeyId: string;
  readonly name: string;
  readonly ownerId: string;
}

const [keysFile = ""] = process.argv.slice(2);
const id = (index: number): string => String(index).padStart(14, "k");
const records = new Map<string, FloorRecord>(
  (JSON.parse(readFileSync(keysFile, "utf8")) as string[]).map((key, index) => [
    hash("sha256", key, "latin1" as "hex"),
    { projectId: id(0), apiKeyId: id(index), name: `key ${id(index)}`, ownerId: `owner ${id(index)}` },
  ]),
);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    const { key } = JSON.parse(body.toString()) as { key: string };
    const record = records.get(hash("sha256", key, "latin1" as "hex"));
    const answer = JSON.stringify(
      record === undefined
        ? { valid: false }
        : { valid: true, code: "VERIFICATION_CODE_VALID", ...record, scopes: grantedScopes },
    );
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
    response.end(answer);
  });
});
announcePort(server);
