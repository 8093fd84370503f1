/** The floor over HTTP/1.1: the least that a service in Node can do to tell a gateway whose key it is. It checks nothing else. */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { grantedScopes } from "../verify/granted.js";
import { announcePort } from "../verify/subject-port.js";

const [keysFile = ""] = process.argv.slice(2);
const id = (index: number): string => String(index).padStart(14, "k");
const records = new Map<string, readonly string[]>(
  (JSON.parse(readFileSync(keysFile, "utf8")) as string[]).map((key, index) => [
    hash("sha256", key, "latin1" as "hex"),
    [
      ...["content-length", "0"],
      ...["X-Altalune-Project-Id", id(0)],
      ...["X-Altalune-Key-Id", id(index)],
      ...["X-Altalune-Key-Name", `key%20${id(index)}`],
      ...["X-Altalune-Owner-Id", `owner%20${id(index)}`],
      ...["X-Altalune-Scopes", grantedScopes.join(" ")],
      ...["X-Altalune-Tier", ""],
    ],
  ]),
);

const server = createServer((request, response) => {
  const record = records.get(hash("sha256", String(request.headers["x-api-key"]), "latin1" as "hex"));
  response.writeHead(record === undefined ? 401 : 200, [...(record ?? ["content-length", "0"])]);
  response.end();
});
announcePort(server);
