/**
 * The server under test, which the conformance runner starts: the product's own server with the suite's service mounted.
 * It is told on stdin what to serve, and says on stdout where.
 *
 * usage: server.ts <descriptors of the suite>
 */
import { readFileSync } from "node:fs";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Registry } from "prom-client";
import { createLogger, startServer } from "./product.js";
import { Schema, type ServerCompatRequest } from "./schema.js";
import { conformanceService } from "./service.js";

/** Of the length that stands before a message, in bytes. */
const prefixBytes = 4;

const schema = new Schema(readFileSync(process.argv[2] ?? ""));
const request = fromBinary(
  schema.message("ServerCompatRequest"),
  readFileSync(process.stdin.fd).subarray(prefixBytes),
) as unknown as ServerCompatRequest;
const tls = request.useTls ? request.serverCreds : undefined;

const server = await startServer({
  host: "127.0.0.1",
  port: 0,
  tls: tls && { cert: Buffer.from(tls.cert).toString(), key: Buffer.from(tls.key).toString() },
  corsOrigins: [],
  trustedProxies: [],
  logger: createLogger("debug", { write: (line) => void (tells(line) && process.stderr.write(line)) }),
  metrics: new Registry(),
  routes: (router) =>
    void router.service(schema.service, conformanceService(schema), {
      // Requests and errors of the suite hold messages within messages, which JSON names.
      jsonOptions: { registry: schema.registry },
      ...(request.messageReceiveLimit > 0 ? { readMaxBytes: request.messageReceiveLimit } : {}),
    }),
  requestGate: async () => {},
  interceptors: [],
  readiness: async () => ({ ready: true, reasons: [] }),
  drainTimeoutMs: 1_000,
});
/** What may tell why a case failed: all but the lines of the calls, of which there are thousands. */
function tells(line: string): boolean {
  return !/"duration_ms":/.test(line) || /"level":"(warn|error)"/.test(line);
}
process.once("SIGTERM", () => void server.close());

const responseSchema = schema.message("ServerCompatResponse");
const response = { host: "127.0.0.1", port: server.port, pemCert: tls?.cert } as MessageInitShape<
  typeof responseSchema
>;
const message = toBinary(responseSchema, create(responseSchema, response));
const prefix = Buffer.alloc(prefixBytes);
prefix.writeUInt32BE(message.length);
process.stdout.write(Buffer.concat([prefix, message]));
