import type { Kysely } from "kysely";
import { newPublicId } from "../../platform/ids.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, eachInTurn, type StepRunner } from "../../platform/steps.js";
import type { AuditEvent, Detail } from "../audit/model.js";
import type { NoticeStore } from "./interface.js";
import { exposedThresholds, mostSingly, noticedActions, type RecordedNotice } from "./model.js";

const timesAtOnce = 500;
const addressesAtOnce = 50;
const purgeBatch = 500;
const hourMs = 60 * 60 * 1000;

export interface NoticeServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: NoticeStore;
  /** Whether anybody is sent mail. */
  readonly isOn: boolean;
}

/** What people are told by mail: noted by the transaction that makes it true, or by a look at what time has brought. */
export class NoticeService {
  readonly #db: Kysely<Database>;
  readonly #store: NoticeStore;
  readonly #isOn: boolean;

  constructor({ db, store, isOn }: NoticeServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#isOn = isOn;
  }

  /** Notes what the trail has that people are told of, in the transaction that writes it there. */
  async noteRecorded(tx: Executor, recorded: readonly Omit<AuditEvent, "hash">[]): Promise<void> {
    const notices = this.#isOn ? recorded.flatMap(noticeOf) : [];
    if (notices.length > 0) {
      await this.#store.note(tx, notices);
    }
  }

  /** Whether there is anybody to tell. */
  async isHeard(): Promise<boolean> {
    return this.#isOn && (await this.#store.isHeard(this.#db));
  }

  /**
   * Notes what time has brought since the last look: once, however many instances look, and after a stop what it brought meanwhile.
   *
   * @throws AggregateError of the projects for which it could not
   */
  async noteTimes(run: StepRunner = atOnce): Promise<void> {
    await this.#forgetUnheard(run);
    const projectIds = await run(() => this.#store.heardProjects(this.#db));
    await eachInTurn<bigint, true>(
      run,
      projectIds,
      (projectId) => this.#noteSomeTimes(projectId),
      "projects whose people could not be told what time has brought",
    );
  }

  /**
   * Puts what is noted into mails.
   *
   * @throws AggregateError of the addresses for which it could not
   */
  async addMails(run: StepRunner = atOnce): Promise<void> {
    await eachInTurn<string, true>(
      run,
      await run(() => this.#store.addressesToTell(this.#db, addressesAtOnce)),
      (address) => this.#addMailsTo(address),
      "addresses for which no mail could be made",
    );
  }

  /** Forgets what was told long ago, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    await this.#forgetUnheard(run);
    while ((await run(() => this.#store.deleteSomeOld(this.#db, purgeBatch))) === purgeBatch);
    while ((await run(() => this.#store.deleteSomeOfOldValues(this.#db, purgeBatch))) === purgeBatch);
    while ((await run(() => this.#store.deleteSomeSettled(this.#db, purgeBatch))) === purgeBatch);
  }

  /** Deletes some of what a project that is gone has left. @returns how many rows */
  async purgeProject(tx: Executor, projectId: bigint): Promise<number> {
    return this.#store.deleteSomeOf(tx, projectId, purgeBatch);
  }

  /** @returns undefined: it takes one step */
  async #addMailsTo(address: string): Promise<undefined> {
    const publicIds = Array.from({ length: mostSingly }, newPublicId);
    // Nothing is sent before all is in its mail.
    await this.#db.transaction().execute(async (tx) => {
      if (await this.#store.lockToTell(tx, address)) {
        await this.#store.addMails(tx, address, publicIds);
      }
    });
  }

  /** Whoever is named after nobody was is not told of what had ended meanwhile. */
  async #forgetUnheard(run: StepRunner): Promise<void> {
    while ((await run(() => this.#store.forgetUnheard(this.#db, purgeBatch))) === purgeBatch);
  }

  /**
   * Goes on where the last step left off, whoever has made it: how far that has come is committed with what it has noted.
   *
   * @returns undefined: there is no more
   */
  async #noteSomeTimes(projectId: bigint): Promise<true | undefined> {
    return this.#db.transaction().execute(async (tx) => {
      const window = await this.#store.lockLook(tx, projectId);
      if (window === undefined) {
        return undefined;
      }
      const last = await this.#store.takeDueTimes(tx, projectId, window, timesAtOnce);
      if (last === undefined) {
        await this.#store.moveLook(tx, projectId, window);
        return undefined;
      }
      await this.#store.keepPlace(tx, projectId, window, last);
      return true;
    });
  }
}

/** What people are told of an event of the trail. */
function noticeOf(event: Omit<AuditEvent, "hash">): RecordedNotice[] {
  const { projectId, resourceId, action, occurredAt, detail } = event;
  const kind = noticedActions.get(action);
  if (kind === undefined) {
    return [];
  }
  const told = { projectId, resourceId, kind, detail: toldOf(detail, occurredAt) };
  if (kind !== "exposed") {
    return [{ ...told, moment: occurredAt, threshold: 0 }];
  }
  // Anybody who has a key's value may report it, as often as he likes: people are told once an hour, and of a live value also after an old one.
  const moment = new Date(Math.floor(occurredAt.getTime() / hourMs) * hourMs);
  return [{ ...told, moment, threshold: exposedThresholds.get(detail["value"]) ?? 0 }];
}

/** Of the details what we have said ourselves: where a value was found is in the words of whoever has reported it. */
function toldOf({ value, policy, reason, key_prefix, in_force }: Detail, occurredAt: Date): Detail {
  return { value, policy, reason, key_prefix, in_force, at: occurredAt.toISOString() };
}
