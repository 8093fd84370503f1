import { randomUUID } from "node:crypto";
import type { Instant } from "../../platform/clock.js";
import { type ListenConnection, openListenConnection } from "../../platform/listen-connection.js";
import type { Lease } from "./lease.js";
import { channelOf, decodeNotice, type InstanceMessages, type Notice, noticeChannel } from "./messages.js";
import type { Subject } from "./model.js";

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

/** The listening connection does not hear what is sent: it goes through a pooler, or to another database. */
export class NotificationsLostError extends Error {
  override readonly name = "NotificationsLostError";

  constructor() {
    super(
      "notifications do not come back: ALTALUNE_LISTEN_URL must lead to the database of DATABASE_URL, past any transaction pooler",
    );
  }
}

/** Renewals that fit in one lease: one that is lost costs nothing. */
const renewalsPerLease = 4;
/** With a long lease too, a connection that is dead is to be found soon. */
const maxRenewalMs = 10_000;
const statementTimeoutMs = 5_000;
const proofTimeoutMs = 5_000;
/** Acknowledgements in one notification, whose payload has less than 8,000 bytes. */
const maxAcknowledgements = 100;

const register = `
  insert into altalune_instances (id, lease_ms, registered_at, renewed_at)
  values ($1, $2, clock_timestamp(), clock_timestamp())
  on conflict (id) do update set renewed_at = excluded.renewed_at
`;

/** One statement is one transaction: the nonce comes back if and only if the registry is written. No row: not registered. */
const renew = `
  with renewed as (
    update altalune_instances set renewed_at = clock_timestamp() where id = $1 returning id
  )
  select pg_notify($2, $3) from renewed
`;

const unregister = "delete from altalune_instances where id = $1";

/** What is acknowledged is durable already: the acknowledgement need not wait for the disk. */
const acknowledge = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

/**
 * One listening connection, from its LISTEN to its end: hears of changes and acknowledges them, and renews the lease.
 *
 * The order matters. LISTEN is committed before the instance is registered, and it is registered before it may remember, so
 * that whoever changes something either finds the instance in the registry or changed it before the instance read it. What
 * is remembered goes before the connection is trusted. A renewal writes the registry and notifies a nonce to the instance
 * itself: when the nonce comes back, every change that was committed before it has been heard, and the lease runs from the
 * instant that the renewal was sent.
 *
 * A transaction pooler hands the nonce back too, if it happens to use the same connection to the server again, and would
 * still lose what comes while that connection is idle. So before the first renewal, a notification that was sent another
 * way must be heard here, while nothing is asked.
 */
export class LinkSession {
  readonly #options: SessionOptions;
  #connection: ListenConnection | undefined;
  /** Why the session is over. */
  #endedBy: Error | undefined;
  /** Ends the pause that is going on. */
  #wake: () => void = () => {};
  #leaving = false;
  /** The nonce of the proof that has not been heard yet. */
  #proof: string | undefined;
  #renewal: { readonly nonce: string; readonly sentAt: Instant } | undefined;
  #hasRenewed = false;
  #unacknowledged = new Map<string, string[]>();
  #isAcknowledging = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Whether acknowledgements can be heard now. */
  get isListening(): boolean {
    return this.#connection !== undefined && !this.#leaving;
  }

  /** Whether it has ever renewed the lease. */
  get hasRenewed(): boolean {
    return this.#hasRenewed;
  }

  /** Connects and goes on until the connection is lost or left. @throws always: why it is over */
  async run(): Promise<never> {
    try {
      await this.#open();
      await this.#register();
      await this.#prove();
      for (;;) {
        await this.#renew();
        await this.#pause(Math.min(this.#options.lease.durationMs / renewalsPerLease, maxRenewalMs));
        if (this.#renewal !== undefined) {
          throw new NotificationsLostError();
        }
      }
    } finally {
      const connection = this.#connection;
      this.#connection = undefined;
      await connection?.close();
    }
  }

  /** Ends the lease, takes the instance out of the registry and disconnects. */
  async leave(): Promise<void> {
    this.#leaving = true;
    this.#options.lease.end();
    this.#options.onGap();
    try {
      await this.#connection?.query(unregister, [this.#options.instanceId]);
    } catch {
      // The row is ignored once its lease is over.
    }
    await this.#connection?.close();
    this.#end(new Error("the instance has stopped"));
  }

  async #open(): Promise<void> {
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
    void this.#sendAcknowledgements();
  }

  async #register(): Promise<void> {
    await this.#query(register, [this.#options.instanceId, this.#options.lease.durationMs]);
  }

  async #prove(): Promise<void> {
    const { instanceId, messages, notify } = this.#options;
    this.#proof = randomUUID();
    await notify(channelOf(instanceId), messages.encode({ kind: "proof", nonce: this.#proof }));
    if (this.#proof !== undefined) {
      await this.#pause(proofTimeoutMs);
    }
    if (this.#proof !== undefined) {
      throw new NotificationsLostError();
    }
  }

  async #renew(): Promise<void> {
    const { instanceId, messages, lease, onGap } = this.#options;
    for (;;) {
      // Never one of an earlier renewal, which could be replayed.
      const nonce = randomUUID();
      this.#renewal = { nonce, sentAt: lease.now() };
      const message = messages.encode({ kind: "lease", nonce });
      const registered = await this.#query(renew, [instanceId, channelOf(instanceId), message]);
      if (registered.length > 0) {
        return;
      }
      // Changes were made that did not wait for this instance.
      lease.end();
      onGap();
      await this.#register();
    }
  }

  async #query(text: string, values: readonly unknown[]): Promise<readonly object[]> {
    if (this.#connection === undefined || this.#leaving) {
      throw new Error("the listening connection is over");
    }
    return this.#connection.query(text, values);
  }

  /** Waits, unless it is woken. @throws as soon as the session is over */
  async #pause(ms: number): Promise<void> {
    if (this.#endedBy === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
    if (this.#endedBy !== undefined) {
      throw this.#endedBy;
    }
  }

  #end(error: Error): void {
    this.#endedBy ??= error;
    this.#wake();
  }

  #hear(channel: string, payload: string): void {
    if (channel === noticeChannel) {
      this.#hearNotice(decodeNotice(payload));
      return;
    }
    const message = this.#options.messages.decode(payload);
    if (message === undefined || this.#leaving) {
      return;
    }
    switch (message.kind) {
      case "proof":
        if (message.nonce === this.#proof) {
          this.#proof = undefined;
          this.#wake();
        }
        return;
      case "lease":
        if (message.nonce === this.#renewal?.nonce) {
          if (!this.#options.lease.holds()) {
            // The machine slept, perhaps, and with it the clock that what is remembered is measured by.
            this.#options.onGap();
          }
          this.#options.lease.renew(this.#renewal.sentAt);
          this.#renewal = undefined;
          this.#hasRenewed = true;
        }
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

  #hearNotice({ changer, change, subject, announcedAt }: Notice): void {
    if (subject === undefined) {
      this.#options.onGap();
    } else {
      this.#options.onNotice(subject, announcedAt);
    }
    if (changer === "" || changer === this.#options.instanceId) {
      return;
    }
    if (this.#unacknowledged.size === 0) {
      // What is heard in one go is acknowledged in one go.
      queueMicrotask(() => void this.#sendAcknowledgements());
    }
    const changes = this.#unacknowledged.get(changer) ?? [];
    changes.push(change);
    this.#unacknowledged.set(changer, changes);
  }

  /** What is heard while the connection opens waits until everything was forgotten; what is heard later, for its turn. */
  async #sendAcknowledgements(): Promise<void> {
    if (this.#connection === undefined || this.#isAcknowledging) {
      return;
    }
    this.#isAcknowledging = true;
    try {
      while (this.#unacknowledged.size > 0) {
        const all = this.#unacknowledged;
        this.#unacknowledged = new Map();
        for (const [changer, changes] of all) {
          await this.#acknowledge(changer, changes);
        }
      }
    } catch {
      // The connection is lost, and the lease says the rest.
    } finally {
      this.#isAcknowledging = false;
    }
  }

  async #acknowledge(changer: string, changes: readonly string[]): Promise<void> {
    const { instanceId, messages } = this.#options;
    for (let at = 0; at < changes.length; at += maxAcknowledgements) {
      const some = changes.slice(at, at + maxAcknowledgements);
      const payload = messages.encode({ kind: "acknowledged", by: instanceId, changes: some });
      await this.#connection?.query(acknowledge, [channelOf(changer), payload]);
    }
  }
}
