import type { Client } from "pg";
import { clientOf } from "./postgres/client.js";
import { keepPrepared, preparedText } from "./postgres/prepared.js";
import { prepareSession } from "./postgres/session.js";

export interface ListenConnectionOptions {
  readonly url: string;
  readonly channels: readonly string[];
  /** How long a statement may take before the connection counts as lost, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** Must not throw: nobody would catch it. */
  readonly onNotification: (channel: string, payload: string) => void;
  /** Told once, when the connection is over, unless it never came to be or was closed here. */
  readonly onLost: (error: Error) => void;
}

/** A connection of one's own that hears the notifications of its channels. */
export interface ListenConnection {
  /**
   * @param name under which the text is prepared, if it is asked again and again
   * @throws when the statement fails or takes too long; the connection is lost then
   */
  query<Row extends object>(text: string, values: readonly unknown[], name?: string): Promise<readonly Row[]>;
  /** Ends the connection, by force if the server does not answer. */
  close(): Promise<void>;
}

const connectTimeoutMs = 2_000;
const goodbyeMs = 1_000;

/** Connects, and resolves when LISTEN is committed. Notifications may come before that. */
export async function openListenConnection(options: ListenConnectionOptions): Promise<ListenConnection> {
  const client = new (clientOf(options.url))({
    application_name: "altalune listen",
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: options.statementTimeoutMs,
    keepAlive: true,
  });
  let state: "opening" | "open" | "over" = "opening";
  const lose = (error: Error): void => {
    const wasOpen = state === "open";
    state = "over";
    if (wasOpen) {
      void end(client);
      options.onLost(error);
    }
  };
  client.on("error", lose);
  client.on("end", () => lose(new Error("the server ended the connection")));
  client.on("notification", ({ channel, payload = "" }) => {
    if (state !== "over") {
      options.onNotification(channel, payload);
    }
  });
  try {
    await client.connect();
    if (!(await prepareSession(client)).pooled) {
      keepPrepared(client);
    }
    for (const channel of options.channels) {
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
    }
  } catch (error) {
    state = "over";
    void end(client);
    throw error;
  }
  state = "open";
  let last: Promise<unknown> = Promise.resolve();
  const ask = async <Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> => {
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      lose(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };
  return {
    query<Row extends object>(text: string, values: readonly unknown[], name?: string) {
      // One at a time, so that the time of each runs from when the server has it.
      const asked = last.then(() => ask<Row>(name === undefined ? text : preparedText(name, text), values));
      last = asked.catch(() => undefined);
      return asked;
    },
    async close() {
      state = "over";
      await end(client);
    },
  };
}

async function end(client: Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), goodbyeMs);
  try {
    await client.end();
  } catch {
    // It is over all the same.
  } finally {
    clearTimeout(timer);
  }
}
