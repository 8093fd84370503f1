import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "vitest";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
}

/** An endpoint that keeps what it is sent. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** How it answers from now on; without, with 204. */
  answerWith(answer: (response: ServerResponse, received: Received) => void): void;
  /** Waits for so many. */
  has(count: number, timeoutMs?: number): Promise<readonly Received[]>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let answer = (response: ServerResponse, _received: Received): void => void response.writeHead(204).end();
  const server = createServer(async (request, response) => {
    const one = { headers: request.headers, body: await text(request), path: request.url ?? "" };
    received.push(one);
    answer(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answerWith(next) {
      answer = next;
    },
    async has(count, timeoutMs = 15_000) {
      await expect.poll(() => received.length, { timeout: timeoutMs }).toBeGreaterThanOrEqual(count);
      return received;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lets a receiver wait with its answers. @returns what answers all that wait and all that come, and who waits */
export function holdAnswers(receiver: WebhookReceiver) {
  const waiting: ServerResponse[] = [];
  receiver.answerWith((response) => void waiting.push(response));
  return {
    waiting,
    release(status: number) {
      receiver.answerWith((response) => void response.writeHead(status).end());
      for (const response of waiting) {
        response.writeHead(status).end();
      }
    },
  };
}
