import { once } from "node:events";
import { connect } from "node:http2";
import { buffer } from "node:stream/consumers";

/** A body that is no message in any encoding: as JSON, as protobuf, and in the envelope that gRPC puts around one. */
const noMessage = Buffer.from([0xff, 0xff, 0xff]);
const noMessageInEnvelope = Buffer.concat([Buffer.from([0, 0, 0, 0, noMessage.length]), noMessage]);

/** Each way to send one, by the protocol's name; each returns the number of the code that it was refused with. */
export const undecodableCalls: Readonly<
  Record<string, (url: string, rpc: string, headers: Readonly<Record<string, string>>) => Promise<number>>
> = {
  "Connect with JSON": (url, rpc, headers) => connectCode(url + rpc, "application/json", headers),
  "Connect with protobuf": (url, rpc, headers) => connectCode(url + rpc, "application/proto", headers),
  "gRPC-Web": (url, rpc, headers) => grpcWebCode(url + rpc, headers),
  gRPC: grpcCode,
};

const codes: Readonly<Record<string, number>> = { invalid_argument: 3, permission_denied: 7, unauthenticated: 16 };

async function connectCode(url: string, contentType: string, headers: object): Promise<number> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": contentType, ...headers },
    body: noMessage,
  });
  const { code } = (await answer.json()) as { code: string };
  return codes[code] ?? Number.NaN;
}

async function grpcWebCode(url: string, headers: object): Promise<number> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+proto", ...headers },
    body: noMessageInEnvelope,
  });
  const inBody = /grpc-status: *(\d+)/i.exec(await answer.text())?.[1];
  return Number(answer.headers.get("grpc-status") ?? inBody);
}

async function grpcCode(url: string, rpc: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const session = connect(url);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": rpc,
      "content-type": "application/grpc+proto",
      te: "trailers",
      ...headers,
    });
    stream.end(noMessageInEnvelope);
    const trailers = once(stream, "trailers");
    const [head] = await once(stream, "response");
    if (head["grpc-status"] !== undefined) {
      return Number(head["grpc-status"]);
    }
    await buffer(stream);
    const [received] = await trailers;
    return Number(received["grpc-status"]);
  } finally {
    session.destroy();
  }
}
