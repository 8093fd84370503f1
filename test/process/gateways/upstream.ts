import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A small API behind a gateway, which lets everybody in. */
export interface Upstream {
  readonly port: number;
  /** What it has received since it was last asked. */
  received(): readonly IncomingMessage[];
  close(): void;
}

export async function startUpstream(): Promise<Upstream> {
  let requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.end("hello");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received() {
      const since = requests;
      requests = [];
      return since;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
