import type { Kysely } from "kysely";
import type { MailAddress, SendMail, SendOutcome } from "../../../platform/mail/smtp.js";
import type { Database } from "../../../platform/postgres/database.js";
import { retryDelayMs } from "../../../platform/retry-delay.js";
import type { NoticeStore } from "../interface.js";
import { mailContent } from "../mail-content.js";
import { type ClaimedMail, type DueMail, mailRetryDelaysMs } from "../model.js";

/** How many mails a process hands over at once: a server that hangs leaves most of its jobs to others. */
const atOnceHere = 4;
/** For how long a mail is whose attempt nobody else makes: longer than that takes. */
const claimMs = 120_000;
const postponeMs = 2_000;
/** How long a mail is left to others that has nothing but what this version does not know. */
const notKnownMs = 60_000;

export interface MailServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: NoticeStore;
  readonly from: MailAddress;
  readonly send: SendMail;
  /** What links to the console begin with; undefined: there are none. */
  readonly consoleUrl: () => string | undefined;
  /** Told of each attempt. */
  readonly onAttempt: (outcome: SendOutcome, mail: Pick<ClaimedMail, "publicId" | "attempts">) => void;
}

/** Sends mails: an attempt at a time, whose outcome says whether there is another. */
export class MailService {
  readonly #dependencies: MailServiceDependencies;
  #underWay = 0;

  constructor(dependencies: MailServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /** Adds jobs for mails that are due. @returns how many */
  async addDueJobs(limit: number): Promise<number> {
    const { db, store } = this.#dependencies;
    return store.addDueJobs(db, limit);
  }

  /** Attempts a mail that is due; does nothing where it no longer is, or another instance attempts it. */
  async attempt(due: DueMail): Promise<void> {
    const { db, store } = this.#dependencies;
    if (this.#underWay >= atOnceHere) {
      await store.postpone(db, due, postponeMs);
      return;
    }
    this.#underWay += 1;
    try {
      const claimed = await store.claim(db, due, claimMs);
      if (claimed !== undefined) {
        await this.#deal(claimed);
      }
    } finally {
      this.#underWay -= 1;
    }
  }

  async #deal(claimed: ClaimedMail): Promise<void> {
    const { db, store, onAttempt } = this.#dependencies;
    if (claimed.notices.length === 0 && claimed.count > 0) {
      // An instance of a newer version knows what that is.
      await store.release(db, claimed, notKnownMs);
      return;
    }
    if (claimed.notices.length === 0) {
      await store.settle(db, claimed, { state: "moot", error: "" }, undefined);
      return;
    }
    const outcome = await this.#send(claimed);
    onAttempt(outcome, claimed);
    if (outcome.state !== "failed") {
      await store.settle(db, claimed, { state: outcome.state, error: outcome.error }, undefined);
      return;
    }
    const retryMs = retryDelayMs(mailRetryDelaysMs, claimed.attempts + 1, Math.random());
    const state = retryMs === undefined ? "given_up" : "pending";
    await store.settle(db, claimed, { state, error: outcome.error }, retryMs);
  }

  async #send(claimed: ClaimedMail): Promise<SendOutcome> {
    const { from, send, consoleUrl } = this.#dependencies;
    const content = mailContent(claimed, consoleUrl(), claimed.now);
    const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
    return send({ from, to: claimed.address, messageId: `notice.${claimed.publicId}@${domain}`, ...content });
  }
}
