import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { mount, start } from "./start.js";

const tls = {
  cert: readFileSync(new URL("fixtures/cert.pem", import.meta.url), "utf8"),
  key: readFileSync(new URL("fixtures/key.pem", import.meta.url), "utf8"),
};

test("requests over TLS whose parts are records of their own are read, though the answer before has not gone out", async () => {
  const message = "made ".repeat(1_000_000);
  const { server } = await start({ tls, routes: mount({ project: { createProject: () => ({ message }) } }) });
  const wire = await openWire(server.port);
  const socket = connect({ socket: wire.stream, ca: tls.cert, ALPNProtocols: ["http/1.1"] });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  const body = '{"name":"orders"}';
  const head = (more: string) =>
    `POST /altalune.v1.ProjectService/CreateProject HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}\r\n`;
  const received: string[] = [];
  socket.on("data", (chunk) => received.push(String(chunk)));
  wire.stopReading();
  socket.write(head("") + body);
  // By now the answer fills what the system takes of it.
  await delay(300);
  wire.hold();
  for (const part of [head("Connection: close\r\n"), body.slice(0, 5), body.slice(5)]) {
    socket.write(part);
    await delay(10);
  }
  wire.letGo();
  await delay(100);
  wire.goOnReading();
  await once(socket, "end");
  expect(received.join("").match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
});

/** A connection that can keep back what is written, and send it at once. */
async function openWire(port: number) {
  const raw = connectTcp(port, "127.0.0.1");
  await once(raw, "connect");
  let held: Buffer[] | undefined;
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      if (held === undefined) {
        raw.write(chunk);
      } else {
        held.push(chunk);
      }
      done();
    },
  });
  raw.on("data", (chunk) => void stream.push(chunk));
  raw.on("close", () => void stream.push(null));
  raw.on("error", () => undefined);
  return {
    stream,
    stopReading: () => void raw.pause(),
    goOnReading: () => void raw.resume(),
    hold() {
      held = [];
    },
    letGo() {
      raw.write(Buffer.concat(held ?? []));
      held = undefined;
    },
  };
}
