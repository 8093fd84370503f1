import { type ListenConnection, openListenConnection } from "../../platform/listen-connection.js";
import { fulfilledWithin } from "../../platform/timeout.js";
import { DeliveryProof, NotificationsLostError } from "./delivery-proof.js";
import type { Lease } from "./lease.js";
import { LeaseRenewal } from "./lease-renewal.js";
import {
  channelOf,
  decodeNotice,
  type InstanceMessages,
  type Message,
  type Notice,
  noticeChannel,
} from "./messages.js";
import type { Subject } from "./model.js";
import { NoticeAcknowledger } from "./notice-acknowledger.js";
import { SessionState } from "./session-state.js";

export interface SessionOptions {
  /** Where to listen: ALTALUNE_LISTEN_URL, which goes past a pooler, or the database's own URL. */
  readonly url: string;
  readonly instanceId: string;
  readonly messages: InstanceMessages;
  readonly lease: Lease;
  /** Sends a notification the way that changes go, which is not the listening connection. */
  readonly notify: (channel: string, payload: string) => Promise<void>;
  /** Forgets what a change touches; done before the change is acknowledged. */
  readonly onNotice: (subject: Subject, announcedAt: number) => void;
  /** Forgets everything: changes may have been missed. */
  readonly onGap: () => void;
  readonly onAcknowledged: (instanceId: string, changes: readonly string[]) => void;
}

/** Renewals that fit in one lease: one that is lost costs nothing. */
const renewalsPerLease = 4;
/** With a long lease too, a connection that is dead is to be found soon. */
const maxRenewalMs = 10_000;
const statementTimeoutMs = 5_000;
const proofTimeoutMs = 5_000;

const unregister = "delete from altalune_instances where id = $1";

/**
 * One listening connection, from its LISTEN to its end: hears of changes and acknowledges them, and renews the lease.
 *
 * The order of its states matters. LISTEN is committed before the instance is registered, and it is registered before it may
 * remember, so that whoever changes something either finds the instance in the registry or changed it before the instance
 * read it.
 */
export class LinkSession {
  readonly #options: SessionOptions;
  readonly #proof = new DeliveryProof();
  readonly #renewal: LeaseRenewal;
  readonly #acknowledger: NoticeAcknowledger;
  readonly #state = new SessionState();
  #connection: ListenConnection | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#renewal = new LeaseRenewal({ ...options, query: (text, values) => this.#query(text, values) });
    this.#acknowledger = new NoticeAcknowledger(options);
  }

  /** Whether acknowledgements can be heard now. */
  get isListening(): boolean {
    return this.#state.isListening;
  }

  /** Whether it has ever renewed the lease. */
  get hasRenewed(): boolean {
    return this.#renewal.hasRenewed;
  }

  /** Connects and goes on until the connection is lost or left. @throws always: why it is over */
  async run(): Promise<never> {
    try {
      await this.#connect();
      this.#state.enter("registering");
      await this.#renewal.register();
      this.#state.enter("proving");
      await this.#prove();
      this.#state.enter("renewing");
      for (;;) {
        await this.#renewal.send();
        await this.#state.pause(Math.min(this.#options.lease.durationMs / renewalsPerLease, maxRenewalMs));
        if (this.#renewal.isPending) {
          throw new NotificationsLostError();
        }
      }
    } catch (error) {
      // Who leaves has something to ask yet, and disconnects.
      if (!this.#state.isLeaving) {
        this.#end(error);
        await this.#disconnect();
      }
      throw error;
    }
  }

  /** Ends the lease, takes the instance out of the registry and disconnects. */
  async leave(): Promise<void> {
    this.#state.leave();
    this.#options.lease.end();
    this.#options.onGap();
    try {
      await this.#connection?.query(unregister, [this.#options.instanceId]);
    } catch {
      // The row is ignored once its lease is over.
    }
    // In this order, a connection that opens meanwhile is closed by one of the two: here, or by `run`.
    this.#end(new Error("the instance has stopped"));
    await this.#disconnect();
  }

  async #connect(): Promise<void> {
    const { url, instanceId, onGap } = this.#options;
    const connection = await openListenConnection({
      url,
      channels: [noticeChannel, channelOf(instanceId)],
      statementTimeoutMs,
      onNotification: (channel, payload) => this.#hear(channel, payload),
      onLost: (error) => this.#end(error),
    });
    onGap();
    this.#connection = connection;
    this.#acknowledger.start(connection);
  }

  async #prove(): Promise<void> {
    const { instanceId, messages, notify } = this.#options;
    await notify(channelOf(instanceId), messages.encode({ kind: "proof", nonce: this.#proof.nonce }));
    if (!(await fulfilledWithin(this.#proof.heard, proofTimeoutMs))) {
      throw new NotificationsLostError();
    }
  }

  async #query(text: string, values: readonly unknown[]): Promise<readonly object[]> {
    this.#state.mustGoOn();
    if (this.#connection === undefined) {
      throw new Error("the listening connection is not open");
    }
    return this.#connection.query(text, values);
  }

  #end(reason: unknown): void {
    this.#state.end(reason);
    this.#proof.fail(reason);
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#acknowledger.stop();
    await connection?.close();
  }

  #hear(channel: string, payload: string): void {
    if (channel === noticeChannel) {
      this.#hearNotice(decodeNotice(payload));
      return;
    }
    const message = this.#options.messages.decode(payload);
    if (message !== undefined && !this.#state.isEnding) {
      this.#hearMessage(message);
    }
  }

  #hearNotice(notice: Notice): void {
    if (notice.subject === undefined) {
      this.#options.onGap();
    } else {
      this.#options.onNotice(notice.subject, notice.announcedAt);
    }
    this.#acknowledger.add(notice);
  }

  #hearMessage(message: Message): void {
    switch (message.kind) {
      case "proof":
        this.#proof.hear(message.nonce);
        return;
      case "lease":
        this.#renewal.hear(message.nonce);
        return;
      case "acknowledged":
        this.#options.onAcknowledged(message.by, message.changes);
        return;
      default: {
        const unreachable: never = message;
        throw new Error(`unknown message ${JSON.stringify(unreachable)}`);
      }
    }
  }
}
