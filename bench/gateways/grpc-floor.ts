/** The floor over gRPC: a bare node:http2 server that reads a question and answers with bytes that never change. */
import { createServer } from "node:http2";
import { announcePort } from "../verify/subject-port.js";
import { constantFrame } from "./constant-answer.js";

const frame = constantFrame();
const server = createServer();
server.on("stream", (stream) => {
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.once("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.end(frame);
  });
  stream.resume();
});
announcePort(server);
