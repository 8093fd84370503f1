import type { ListenConnection } from "../../platform/listen-connection.js";
import { channelOf, type InstanceMessages, type Notice } from "./messages.js";

/** Acknowledgements in one notification, whose payload has less than 8,000 bytes. */
const maxAcknowledgements = 100;

/** What is acknowledged is durable already: the acknowledgement need not wait for the disk. */
const acknowledge = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

/**
 * Acknowledges changes to the instances that made them. What is heard in one go is acknowledged in one go; what is heard
 * while the connection opens, once everything was forgotten.
 */
export class NoticeAcknowledger {
  readonly #instanceId: string;
  readonly #messages: InstanceMessages;
  #connection: ListenConnection | undefined;
  #isSending = false;
  /** The changes that are not acknowledged, by who made them. */
  #unsent = new Map<string, string[]>();

  constructor({ instanceId, messages }: { readonly instanceId: string; readonly messages: InstanceMessages }) {
    this.#instanceId = instanceId;
    this.#messages = messages;
  }

  /** From now on acknowledgements can be sent: what this instance remembered before it listened is forgotten. */
  start(connection: ListenConnection): void {
    this.#connection = connection;
    void this.#send();
  }

  stop(): void {
    this.#connection = undefined;
  }

  /** Acknowledges a change if anybody waits for that. What it touches must be forgotten already. */
  add({ changer, change }: Notice): void {
    if (changer === "" || changer === this.#instanceId) {
      return;
    }
    if (this.#unsent.size === 0) {
      queueMicrotask(() => void this.#send());
    }
    const changes = this.#unsent.get(changer) ?? [];
    changes.push(change);
    this.#unsent.set(changer, changes);
  }

  async #send(): Promise<void> {
    if (this.#connection === undefined || this.#isSending) {
      return;
    }
    this.#isSending = true;
    try {
      while (this.#unsent.size > 0) {
        const all = this.#unsent;
        this.#unsent = new Map();
        for (const [changer, changes] of all) {
          await this.#sendTo(changer, changes);
        }
      }
    } catch {
      // The connection is lost, and the lease says the rest.
    } finally {
      this.#isSending = false;
    }
  }

  async #sendTo(changer: string, changes: readonly string[]): Promise<void> {
    for (let at = 0; at < changes.length; at += maxAcknowledgements) {
      const some = changes.slice(at, at + maxAcknowledgements);
      const payload = this.#messages.encode({ kind: "acknowledged", by: this.#instanceId, changes: some });
      await this.#connection?.query(acknowledge, [channelOf(changer), payload], "acknowledge");
    }
  }
}
