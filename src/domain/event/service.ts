import type { Kysely } from "kysely";
import { newPublicId } from "../../platform/ids.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, eachInTurn, type StepRunner } from "../../platform/steps.js";
import type { AuditEvent, Detail } from "../audit/model.js";
import type { LookPlace } from "../notice/model.js";
import type { EventStore } from "./interface.js";
import { type EventDraft, type EventType, isEventType, type TimeWindow, testEventType } from "./model.js";

const timesAtOnce = 500;
const purgeBatch = 500;

export interface EventServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: EventStore;
}

/** How far a look has come that takes several steps. */
interface Progress {
  readonly window: TimeWindow;
  readonly last: LookPlace;
}

/** What happens to a project's keys, told to its webhooks: by the transaction that makes it true, or by a look at what time has brought. */
export class EventService {
  readonly #db: Kysely<Database>;
  readonly #store: EventStore;

  constructor({ db, store }: EventServiceDependencies) {
    this.#db = db;
    this.#store = store;
  }

  /** Tells what the trail has of one project, in the transaction that writes it there. */
  async tellRecorded(tx: Executor, recorded: readonly Omit<AuditEvent, "hash">[]): Promise<void> {
    const drafts = recorded
      .filter(({ action }) => isEventType(action))
      .map(
        ({ projectId, action, resourceId, occurredAt, detail, actor }): EventDraft => ({
          projectId,
          publicId: newPublicId(),
          type: action,
          resourceId,
          occurredAt,
          detail: { actor, ...detail },
        }),
      );
    if (drafts.length > 0) {
      await this.#store.tell(tx, drafts);
    }
  }

  /** Tells one webhook of an event that is for trying it. @returns the event's id */
  async tellTest(tx: Executor, projectId: bigint, webhookId: string, detail: Detail, now: Date): Promise<string> {
    const publicId = newPublicId();
    const draft = { projectId, publicId, type: testEventType, resourceId: webhookId, occurredAt: now, detail };
    await this.#store.tell(tx, [draft], webhookId);
    return publicId;
  }

  /** To be called before a webhook is made or switched on: where it is a project's only one, what time brought before is not told. */
  async beginLooks(tx: Executor, projectId: bigint): Promise<void> {
    await this.#store.beginLooks(tx, projectId);
  }

  /** Tells what is no change, and so in no trail, in the transaction that notes it. It must be heard in that project. */
  async tellFound(tx: Executor, found: readonly Omit<EventDraft, "publicId">[]): Promise<void> {
    if (found.length > 0) {
      await this.#store.tell(
        tx,
        found.map((draft) => ({ ...draft, publicId: newPublicId() })),
      );
    }
  }

  /** Whether a webhook of a project wants to be told of events of a type. */
  async isHeardIn(tx: Executor, projectId: bigint, type: EventType): Promise<boolean> {
    return this.#store.isHeardIn(tx, projectId, type);
  }

  /** Whether anybody wants to be told of events. */
  async isHeard(): Promise<boolean> {
    return this.#store.isHeard(this.#db);
  }

  /**
   * Tells what time has brought since the last look: once, however many instances look, and after a stop what it brought meanwhile.
   *
   * @throws AggregateError of the projects for which it could not
   */
  async tellTimes(run: StepRunner = atOnce): Promise<void> {
    const projectIds = await run(() => this.#store.heardProjects(this.#db));
    await eachInTurn<bigint, Progress>(
      run,
      projectIds,
      (projectId, progress) => this.#tellSomeTimes(projectId, progress),
      "projects that could not be told what time has brought",
    );
  }

  /** @returns undefined: there is no more */
  async #tellSomeTimes(projectId: bigint, progress: Progress | undefined): Promise<Progress | undefined> {
    return this.#db.transaction().execute(async (tx) => {
      const look = await this.#store.lockLook(tx, projectId);
      if (look === undefined) {
        return undefined;
      }
      const window = progress === undefined ? look : { ...progress.window, since: look.since };
      const { due, last } = await this.#store.takeDueTimes(tx, projectId, window, timesAtOnce, progress?.last);
      if (due.length > 0) {
        const drafts = due.map(
          ({ resourceId, type, dueAt, detail }): EventDraft => ({
            projectId,
            publicId: newPublicId(),
            type,
            resourceId,
            occurredAt: dueAt,
            detail,
          }),
        );
        await this.#store.tell(tx, drafts);
      }
      if (last !== undefined) {
        return { window, last };
      }
      await this.#store.moveLook(tx, projectId, window.until);
      return undefined;
    });
  }

  /** Forgets events that are old, and what was told long ago, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    while ((await run(() => this.#store.deleteSomeOld(this.#db, purgeBatch))) === purgeBatch);
    while ((await run(() => this.#store.deleteSomeTold(this.#db, purgeBatch))) === purgeBatch);
  }

  /** Deletes some of what a project that is gone has left. @returns how many rows */
  async purgeProject(tx: Executor, projectId: bigint): Promise<number> {
    return this.#store.deleteSomeOf(tx, projectId, purgeBatch);
  }
}
