import type { Kysely } from "kysely";
import { EgressError, type EgressRules, guardedRequest } from "../../../platform/egress/guarded-request.js";
import { LookUpsBusyError } from "../../../platform/egress/look-ups.js";
import { DecryptionError, type MasterKey } from "../../../platform/master-key.js";
import type { Database } from "../../../platform/postgres/database.js";
import { retryDelayMs } from "../../../platform/retry-delay.js";
import type { AuditService } from "../../audit/service.js";
import { systemCaller } from "../../caller.js";
import type { WebhookStore } from "../interface.js";
import {
  type AttemptOutcome,
  type ClaimedDelivery,
  type DisabledReason,
  type DueDelivery,
  longestFailureMs,
  openWebhookSecret,
  payloadOf,
  retryDelaysMs,
  signatureOf,
  type Webhook,
} from "../model.js";
import { Traffic } from "./traffic.js";

/** How long an endpoint has to answer, in milliseconds. */
const answerMs = 15_000;
/** For how long a delivery is whose attempt nobody else makes: longer than that takes. */
const claimMs = 60_000;
const postponeMs = 1_000;
/** How often what is due is looked for at once, while much of it is over. */
const looksAtOnce = 5;

export interface DeliveryServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: WebhookStore;
  readonly audit: AuditService;
  readonly masterKey: MasterKey;
  readonly egress: EgressRules;
  /** Told of each attempt. */
  readonly onAttempt: (outcome: AttemptOutcome) => void;
}

/** Sends events to webhooks: an attempt at a time, whose outcome says whether there is another. */
export class DeliveryService {
  readonly #dependencies: DeliveryServiceDependencies;
  readonly #traffic = new Traffic();

  constructor(dependencies: DeliveryServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Adds jobs for what is due and has none, or one that was lost with its process, and ends what is over, since its webhook was switched
   * off or deleted.
   *
   * @returns how many jobs
   */
  async addDueJobs(limit: number): Promise<number> {
    const { db, store } = this.#dependencies;
    let jobs = 0;
    for (let look = 0; look < looksAtOnce; look++) {
      const { added, ended } = await store.addDueJobs(db, limit);
      jobs += added;
      if (ended < limit) {
        break;
      }
    }
    return jobs;
  }

  /** Attempts a delivery that is due; does nothing where it no longer is, or another instance attempts it. */
  async attempt(due: DueDelivery): Promise<void> {
    const { db, store } = this.#dependencies;
    const leave = this.#traffic.enter(due);
    if (leave === undefined) {
      await store.postpone(db, due, postponeMs);
      return;
    }
    let failed: boolean | undefined;
    try {
      const claimed = await store.claim(db, due, claimMs);
      if (claimed !== undefined) {
        const outcome = await this.#send(claimed);
        if (outcome === undefined) {
          await store.giveBack(db, claimed, postponeMs);
          return;
        }
        failed = outcome.error !== "";
        await this.#settle(claimed, outcome);
      }
    } finally {
      leave(failed);
    }
  }

  /** @returns undefined: there was no turn for it */
  async #send({ delivery, webhook, projectPublicId, now }: ClaimedDelivery): Promise<AttemptOutcome | undefined> {
    const { egress, onAttempt } = this.#dependencies;
    const { event } = delivery;
    const body = payloadOf(event, projectPublicId);
    const timestamp = Math.floor(now.getTime() / 1000);
    let outcome: AttemptOutcome;
    try {
      const headers = {
        "content-type": "application/json",
        "webhook-id": event.publicId,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signatureOf(this.#secretsOf(webhook, now), event.publicId, timestamp, body),
      };
      const request = {
        method: "POST",
        headers,
        body: Buffer.from(body),
        actor: projectPublicId,
        timeoutMs: answerMs,
      } as const;
      // Nothing of an answer is read but its status.
      const status = await guardedRequest(webhook.url, egress, request, async ({ statusCode }) => statusCode ?? 0);
      outcome = { status, error: status >= 200 && status < 300 ? "" : `the answer has the status ${status}` };
    } catch (error) {
      if (error instanceof LookUpsBusyError) {
        return undefined;
      }
      outcome = { status: undefined, error: reasonOf(error) };
    }
    onAttempt(outcome);
    return outcome;
  }

  /** Those that sign now. @throws DecryptionError */
  #secretsOf(webhook: Webhook, now: Date): readonly Buffer[] {
    const { secret, previousSecret, previousSecretExpiresAt } = webhook;
    const isInGrace = previousSecretExpiresAt !== undefined && previousSecretExpiresAt > now;
    return [secret, ...(previousSecret && isInGrace ? [previousSecret] : [])].map((sealed) =>
      openWebhookSecret(this.#dependencies.masterKey, webhook, sealed),
    );
  }

  async #settle(claimed: ClaimedDelivery, outcome: AttemptOutcome): Promise<void> {
    const { db, store } = this.#dependencies;
    const { webhook, now } = claimed;
    const { failingSince } = webhook;
    const succeeded = outcome.error === "";
    const isGone = outcome.status === 410;
    const failsTooLong = failingSince !== undefined && now.getTime() - failingSince.getTime() > longestFailureMs;
    const isLast = succeeded || isGone || failsTooLong;
    const retryMs = isLast ? undefined : retryDelayMs(retryDelaysMs, claimed.delivery.attempts + 1, Math.random());
    if (!succeeded && retryMs === undefined) {
      await this.#switchOff(claimed, outcome, isGone ? "gone" : "failing");
      return;
    }
    if (succeeded === (failingSince === undefined)) {
      await store.settle(db, claimed, outcome, retryMs);
      return;
    }
    // The webhook first, as whoever changes it locks it.
    await db.transaction().execute(async (tx) => {
      await store.lock(tx, webhook);
      if (await store.settle(tx, claimed, outcome, retryMs)) {
        await store.markFailing(tx, webhook, !succeeded);
      }
    });
  }

  /** Nothing more is sent to an endpoint that says that it is gone, or has failed for days. */
  async #switchOff(claimed: ClaimedDelivery, outcome: AttemptOutcome, disabledReason: DisabledReason): Promise<void> {
    const { db, store, audit } = this.#dependencies;
    const { projectId, webhookId } = claimed.place;
    await db.transaction().execute(async (tx) => {
      const webhook = await store.lock(tx, { projectId, publicId: webhookId });
      const counts = await store.settle(tx, claimed, outcome, undefined);
      // Who has switched it on again meanwhile is not contradicted by what was sent before.
      const isOfTerm = webhook?.term === claimed.webhook.term;
      if (!counts || webhook === undefined || webhook.disabledReason !== undefined || !isOfTerm) {
        return;
      }
      await store.update(tx, webhook, { disabledReason });
      const detail = { reason: disabledReason, status: outcome.status, error: outcome.error };
      await audit.record(tx, systemCaller, { id: projectId }, "webhook.disabled", webhookId, detail);
    });
  }
}

/** Why there was no answer, without anything that the other side has said. */
function reasonOf(error: unknown): string {
  if (error instanceof EgressError) {
    return error.message;
  }
  if (error instanceof DecryptionError) {
    return "the webhook's secret could not be opened: rotate it";
  }
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? "there was no answer" : `there was no answer: ${code}`;
}
