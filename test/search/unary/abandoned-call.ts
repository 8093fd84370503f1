import { once } from "node:events";
import { request as http1Request } from "node:http";
import { connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import type { WireRequest } from "../secrecy/wire.js";

type Abandoned = Required<Pick<WireRequest, "path" | "headers" | "body">>;

/** For how long the server gets to wait for the rest. */
const pauseMs = 30;

/** Sends half of a request's body, and leaves. */
export async function abandonCall(url: string, over: "http1" | "http2", request: Abandoned): Promise<void> {
  await (over === "http1" ? abandonHttp1(url, request) : abandonHttp2(url, request));
}

async function abandonHttp1(url: string, { path, headers, body }: Abandoned): Promise<void> {
  const request = http1Request(new URL(path, url), {
    method: "POST",
    headers: { ...headers, "content-length": body.length },
  });
  request.on("error", () => undefined);
  request.write(body.slice(0, body.length / 2));
  const [socket] = await once(request, "socket");
  await once(socket, "connect");
  await delay(pauseMs);
  request.destroy();
}

async function abandonHttp2(url: string, { path, headers, body }: Abandoned): Promise<void> {
  const session = connect(url);
  await once(session, "connect");
  const stream = session.request({ ":method": "POST", ":path": path, ...headers });
  stream.on("error", () => undefined);
  stream.write(body.slice(0, body.length / 2));
  await delay(pauseMs);
  // By the stream's own close(), Node's client would end the body first, as if it were whole.
  session.destroy();
}
