import { setTimeout as sleep } from "node:timers/promises";
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

/**
 * Where a session stands.
 *
 *     connecting ──▶ registering ──▶ proving ──▶ renewing      each of them ── leave ──▶ leaving ──▶ over
 *                                                              each of them ── an error, the connection is lost ──▶ over
 *
 * - connecting: until LISTEN is committed. Then everything is forgotten before the connection is trusted.
 * - registering: until the instance is in the registry.
 * - proving: until a notification that was sent another way is heard.
 * - renewing: one renewal after another. With the first that comes back the instance may begin to remember.
 * - leaving: the lease has ended and is not renewed any more. The instance is taken out of the registry.
 * - over: the connection is closed or lost.
 */
type SessionState = "connecting" | "registering" | "proving" | "renewing" | "leaving" | "over";

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
  /** Aborts when the session is over, and says why. */
  readonly #ending = new AbortController();
  #state: SessionState = "connecting";
  #connection: ListenConnection | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#renewal = new LeaseRenewal({ ...options, query: (text, values) => this.#query(text, values) });
    this.#acknowledger = new NoticeAcknowledger(options);
  }

  /** Whether acknowledgements can be heard now. */
  get isListening(): boolean {
    return this.#state === "registering" || this.#state === "proving" || this.#state === "renewing";
  }

  /** Whether it has ever renewed the lease. */
  get hasRenewed(): boolean {
    return this.#renewal.hasRenewed;
  }

  /** Connects and goes on until the connection is lost or left. @throws always: why it is over */
  async run(): Promise<never> {
    try {
      await this.#connect();
      this.#enter("registering");
      await this.#renewal.register();
      this.#enter("proving");
      await this.#prove();
      this.#enter("renewing");
      for (;;) {
        await this.#renewal.send();
        await this.#pause(Math.min(this.#options.lease.durationMs / renewalsPerLease, maxRenewalMs));
        if (this.#renewal.isPending) {
          throw new NotificationsLostError();
        }
      }
    } finally {
      // Who leaves has something to ask yet, and disconnects.
      if (this.#state !== "leaving") {
        this.#state = "over";
        await this.#disconnect();
      }
    }
  }

  /** Ends the lease, takes the instance out of the registry and disconnects. */
  async leave(): Promise<void> {
    this.#state = "leaving";
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

  /** @throws when the session is being left or over */
  #enter(state: SessionState): void {
    this.#mustGoOn();
    this.#state = state;
  }

  async #query(text: string, values: readonly unknown[]): Promise<readonly object[]> {
    return this.#mustGoOn().query(text, values);
  }

  #mustGoOn(): ListenConnection {
    this.#ending.signal.throwIfAborted();
    if (this.#connection === undefined || this.#isEnding) {
      throw new Error("the listening connection is over");
    }
    return this.#connection;
  }

  get #isEnding(): boolean {
    return this.#state === "leaving" || this.#state === "over";
  }

  /** @throws as soon as the session is over: why */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#ending;
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  #end(reason: Error): void {
    this.#state = "over";
    this.#ending.abort(reason);
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
    if (message !== undefined && !this.#isEnding) {
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
