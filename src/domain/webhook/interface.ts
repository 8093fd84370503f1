import type { Executor } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type {
  AttemptOutcome,
  ClaimedDelivery,
  Delivery,
  DeliveryFilter,
  DeliveryPlace,
  DeliverySort,
  DisabledReason,
  DueDelivery,
  Webhook,
  WebhookPlace,
  WebhookSettings,
  WebhookSort,
} from "./model.js";

/** A webhook that is about to be written. */
export interface NewWebhook extends WebhookSettings, WebhookPlace {
  /** Ciphertext. */
  readonly secret: Buffer;
}

/** What is written of a webhook that is changed. */
export interface WebhookUpdate extends Partial<WebhookSettings> {
  /** Null: it is switched on. */
  readonly disabledReason?: DisabledReason | null;
}

/** What the webhook service needs of storage. */
export interface WebhookStore {
  /** How many webhooks a project has; it holds the project's row, so that nobody adds one meanwhile. */
  lockCount(db: Executor, projectId: bigint): Promise<number>;
  insert(db: Executor, webhook: NewWebhook): Promise<Webhook>;
  find(db: Executor, place: WebhookPlace): Promise<Webhook | undefined>;
  /** Holds the webhook until the transaction ends. */
  lock(db: Executor, place: WebhookPlace): Promise<Webhook | undefined>;
  query(db: Executor, projectId: bigint, listing: Listing<never, WebhookSort>): Promise<Page<Webhook>>;
  update(db: Executor, place: WebhookPlace, update: WebhookUpdate): Promise<Webhook>;
  /** Makes a secret the current one, and the one before good for `graceMs` more. */
  rotateSecret(db: Executor, place: WebhookPlace, secret: Buffer, graceMs: number): Promise<Webhook>;
  /** What was to be delivered to it is over with it. */
  delete(db: Executor, place: WebhookPlace): Promise<void>;

  findDelivery(db: Executor, place: DeliveryPlace): Promise<Delivery | undefined>;
  queryDeliveries(
    db: Executor,
    place: WebhookPlace,
    listing: Listing<DeliveryFilter, DeliverySort>,
  ): Promise<Page<Delivery>>;
  /** Makes a delivery due now, as one that was never attempted, and adds its job. @returns whether it is there */
  askAgain(db: Executor, place: DeliveryPlace): Promise<boolean>;
  /** Adds at most so many jobs for deliveries that are due and that nobody attempts, and ends those that are over. */
  addDueJobs(db: Executor, limit: number): Promise<{ readonly added: number; readonly ended: number }>;
  /**
   * Takes a delivery for `claimMs`; undefined: there is nothing to do, since it is no longer due as the job says, or somebody else
   * attempts it.
   */
  claim(db: Executor, due: DueDelivery, claimMs: number): Promise<ClaimedDelivery | undefined>;
  /** Lets a delivery that nobody has claimed be attempted a little later, unless it is no longer due as the job says. */
  postpone(db: Executor, due: DueDelivery, delayMs: number): Promise<void>;
  /** Gives a claimed delivery back that was not attempted, to be a little later. */
  giveBack(db: Executor, claimed: ClaimedDelivery, delayMs: number): Promise<void>;
  /**
   * Writes what came of an attempt.
   *
   * @param retryMs after how long the next one comes; undefined: there is none
   * @returns false: it counts no longer, since the delivery was asked for anew, or taken over
   */
  settle(
    db: Executor,
    claimed: ClaimedDelivery,
    outcome: AttemptOutcome,
    retryMs: number | undefined,
  ): Promise<boolean>;
  /** Notes since when a webhook fails, or that it does not, unless it has another term by now. What is known of it already writes nothing. */
  markFailing(
    db: Executor,
    webhook: Pick<Webhook, "projectId" | "publicId" | "term">,
    isFailing: boolean,
  ): Promise<void>;

  /** Some webhooks whose secrets are under another master key, held until the transaction ends. Crosses shards. */
  lockOthers(db: Executor, masterKeyId: Buffer, limit: number): Promise<readonly Webhook[]>;
  replaceSecrets(db: Executor, webhook: Webhook): Promise<void>;
}
