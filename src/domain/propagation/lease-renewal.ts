import { randomUUID } from "node:crypto";
import type { Instant } from "../../platform/clock.js";
import { ClockWatch } from "./clock-watch.js";
import type { Lease } from "./lease.js";
import { channelOf, type InstanceMessages } from "./messages.js";

const register = `
  insert into altalune_instances (id, lease_ms, registered_at, renewed_at)
  values ($1, $2, clock_timestamp(), clock_timestamp())
  on conflict (id) do update set renewed_at = excluded.renewed_at
`;

/**
 * One statement is one transaction: the nonce comes back if and only if the registry is written. No row: not registered. The
 * row has the database's time, by which keys expire.
 */
const renew = `
  with renewed as (
    update altalune_instances set renewed_at = clock_timestamp() where id = $1 returning id
  )
  select pg_notify($2, $3), altalune_now() as now from renewed
`;

export interface LeaseRenewalOptions {
  readonly instanceId: string;
  readonly messages: InstanceMessages;
  readonly lease: Lease;
  /** Asks on the listening connection. @throws once that is over */
  readonly query: (text: string, values: readonly unknown[]) => Promise<readonly object[]>;
  /** Forgets everything: changes may have been missed. */
  readonly onGap: () => void;
}

/**
 * Keeps the instance in the registry and its lease renewed.
 *
 * A renewal writes the registry and notifies a nonce to the instance itself: when the nonce comes back, every change that was
 * committed before it has been heard, and the lease runs from the instant that the renewal was sent.
 */
export class LeaseRenewal {
  readonly #options: LeaseRenewalOptions;
  readonly #clockWatch = new ClockWatch();
  /** The renewal whose nonce has not come back. */
  #pending: { readonly nonce: string; readonly sentAt: Instant } | undefined;
  #hasRenewed = false;

  constructor(options: LeaseRenewalOptions) {
    this.#options = options;
  }

  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Whether any renewal has come back. */
  get hasRenewed(): boolean {
    return this.#hasRenewed;
  }

  async register(): Promise<void> {
    const { instanceId, lease, query } = this.#options;
    await query(register, [instanceId, lease.durationMs]);
  }

  /** Sends a renewal, and registers the instance again before if its row is gone. */
  async send(): Promise<void> {
    while (!(await this.#trySend())) {
      // Changes were made that did not wait for this instance.
      this.#options.lease.end();
      this.#options.onGap();
      await this.register();
    }
  }

  /** A nonce has come back. */
  hear(nonce: string): void {
    if (nonce !== this.#pending?.nonce) {
      return;
    }
    const { lease, onGap } = this.#options;
    if (!lease.holds()) {
      // The machine slept, perhaps, and with it the clock that what is remembered is measured by.
      onGap();
    }
    lease.renew(this.#pending.sentAt);
    this.#pending = undefined;
    this.#hasRenewed = true;
  }

  /** @returns false: the instance is not in the registry */
  async #trySend(): Promise<boolean> {
    const { instanceId, messages, lease, query } = this.#options;
    // Never one of an earlier renewal, which could be replayed.
    const nonce = randomUUID();
    this.#pending = { nonce, sentAt: lease.now() };
    const message = messages.encode({ kind: "lease", nonce });
    const askedAt = lease.now().monotonic;
    const [renewed] = (await query(renew, [instanceId, channelOf(instanceId), message])) as readonly { now: Date }[];
    if (renewed !== undefined && this.#clockWatch.jumped(renewed.now, askedAt, lease.now().monotonic)) {
      // What is remembered would be measured by the clock as it was.
      this.#options.onGap();
    }
    return renewed !== undefined;
  }
}
