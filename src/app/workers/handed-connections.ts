import type { Worker } from "node:cluster";

/** How long after a worker's end its last words may still be read, in milliseconds. */
const lastWordsMs = 100;

/** What Node's round robin and a worker say to each other of a connection that is handed over. */
interface Message {
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

interface Connection {
  close(): void;
}

/**
 * Closes the connections that a worker was given and had not taken when it died. Node keeps them open for good: its round robin
 * goes on with a connection only when the worker has answered (`handoff` in lib/internal/cluster/round_robin_handle.js), and
 * their clients would wait for an answer until they give up. Where Node's messages are others, nothing is closed.
 */
export function closeWhatADeadWorkerWasGiven(worker: Worker): void {
  const { process: child } = worker;
  const given = new Map<number, Connection>();
  const send = child.send.bind(child) as (message: Message, handle?: Connection, ...rest: unknown[]) => boolean;
  child.send = ((message: Message, handle?: Connection, ...rest: unknown[]) => {
    if (handle !== undefined && message.act === "newconn" && message.seq !== undefined) {
      given.set(message.seq, handle);
    }
    return send(message, handle, ...rest);
  }) as typeof child.send;
  child.on("internalMessage", ({ ack }: Message) => {
    if (ack !== undefined) {
      given.delete(ack);
    }
  });
  child.once("exit", () => {
    setTimeout(() => {
      for (const connection of given.values()) {
        connection.close();
      }
    }, lastWordsMs);
  });
}
