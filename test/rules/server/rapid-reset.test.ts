import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { clientPreface, frame, headerBlock } from "./raw.js";

const count = 950;

/** Opens many streams, and takes each back, in one segment. */
function segment(path: string): Buffer {
  const headers = headerBlock({ ":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost" });
  const cancel = Buffer.from([0, 0, 0, 8]);
  const streams = Array.from({ length: count }, (_, i) => 2 * i + 1);
  return Buffer.concat([
    clientPreface,
    ...streams.flatMap((id) => [frame(1, 5, id, headers), frame(3, 0, id, cancel)]),
  ]);
}

test.for([
  "/altalune.v1.VerificationService/VerifyApiKey",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/envoy.service.auth.v3.Authorization/Check",
])("requests that are taken back as they come are not served: %s", async (path, { instance }) => {
  const before = instance.logLines.length;
  const socket = connect(Number(new URL(instance.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(segment(path));
  // The session is ended for it, by GOAWAY or by force.
  await text(socket).catch(() => "");
  const served = instance.logLines.slice(before).filter((line) => line.includes(path.slice(1)));
  expect(served.length).toBeLessThanOrEqual(64);
});
