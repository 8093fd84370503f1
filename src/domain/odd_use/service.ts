import type { Kysely } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { ApiKeyService } from "../api_key/service.js";
import type { EventService } from "../event/service.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import { touchedBy } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import type { Look, OddUseStore, ProjectToLookAt, Telling } from "./interface.js";
import { type Signal, signalsOf, type ToldKind, type UsedSource, type UseFigures } from "./model.js";
import type { Source } from "./source.js";
import { SourceRecorder, type UsedKey } from "./source-recorder.js";

/** How many keys, of how many projects, are looked at in one go. */
const looksAtOnce = 100;
const projectsAtOnce = 100;
const purgeBatch = 5_000;

export interface OddUseServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: OddUseStore;
  readonly projects: ProjectService;
  readonly apiKeys: ApiKeyService;
  readonly events: EventService;
  readonly propagation: PropagationService;
}

/** What was found of the keys that are held. */
interface Found {
  readonly looks: readonly Look[];
  readonly odd: readonly { readonly use: UseFigures; readonly signals: readonly Signal[] }[];
  /** Those that were refused for their limits, where somebody wants to hear that. */
  readonly limits: readonly UseFigures[];
}

/**
 * Where keys are used from, and what is odd about their use. Verifications are told of it for next to nothing; what they add up to is
 * looked at beside the calls, by whichever instance comes first, and told once an hour, kind and key.
 */
export class OddUseService {
  readonly #dependencies: OddUseServiceDependencies;
  readonly #recorder = new SourceRecorder();
  #flushing: Promise<void> = Promise.resolve();

  constructor(dependencies: OddUseServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /** Verifications whose sources were not kept. */
  get dropped(): number {
    return this.#recorder.dropped;
  }

  /** Counts where a verification came from; cheap, and never fails. */
  record(key: UsedKey, source: Source): void {
    this.#recorder.record(key, source);
  }

  /** Writes where keys were used from. One at a time; what may or may not be written is written again, and may count twice. */
  flush(run: StepRunner = atOnce): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write(run));
    return this.#flushing;
  }

  /**
   * Looks at the keys whose use has given reason to, and tells what is odd.
   *
   * @throws AggregateError of projects whose keys could not be looked at
   */
  async look(run: StepRunner = atOnce): Promise<void> {
    const { db, store } = this.#dependencies;
    const failures = new Map<bigint, unknown>();
    let isMore = true;
    while (isMore) {
      isMore = false;
      // One batch of each by turns, and of those that have come meanwhile: a project with many keys does not hold up the others.
      for (const project of await run(() => store.projectsToLookAt(db, projectsAtOnce))) {
        try {
          if (!failures.has(project.id)) {
            isMore = (await this.#lookInto(project, run)) === looksAtOnce || isMore;
          }
        } catch (error) {
          // What is amiss with one project is not to keep others from being looked at.
          failures.set(project.id, error);
        }
      }
    }
    if (failures.size > 0) {
      throw new AggregateError(failures.values(), `projects whose keys could not be looked at: ${failures.size}`);
    }
  }

  /** Forgets what is old, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    const { db, store } = this.#dependencies;
    while ((await run(() => store.deleteSomeOld(db, purgeBatch))) === purgeBatch);
  }

  /** Where a key was used from on some days. @param from a day, `2026-01-31` @param until the day after the last */
  async topSources(
    projectId: bigint,
    apiKeyId: bigint,
    from: string,
    until: string,
    limit: number,
  ): Promise<readonly UsedSource[]> {
    const { db, store } = this.#dependencies;
    return store.topSources(db, projectId, apiKeyId, from, until, limit);
  }

  async #write(run: StepRunner): Promise<void> {
    const { db, store } = this.#dependencies;
    this.#recorder.close();
    for (let batch = this.#recorder.next(); batch !== undefined; batch = this.#recorder.next()) {
      const written = batch;
      await run(() => db.transaction().execute((tx) => store.addSources(tx, written)));
      this.#recorder.written();
    }
  }

  /** @returns how many keys were looked at */
  async #lookInto({ id, publicId }: ProjectToLookAt, run: StepRunner): Promise<number> {
    const { db, store, projects } = this.#dependencies;
    const project = publicId === undefined ? undefined : await projects.named(publicId);
    if (project === undefined) {
      await run(() => store.removeLooksOf(db, id));
      return 0;
    }
    return run(() => this.#lookAtSome(project));
  }

  /** @returns how many keys were looked at */
  async #lookAtSome(project: Project): Promise<number> {
    const found = await this.#tellSome(project);
    await this.#tellLimits(project, found);
    return found.looks.length;
  }

  async #tellSome(project: Project): Promise<Found> {
    const { db, propagation } = this.#dependencies;
    let unannounced: readonly bigint[];
    try {
      return await db.transaction().execute(async (tx) => {
        const found = await this.#find(tx, project);
        const off = await this.#tell(tx, project, found);
        // Mostly nothing changes that verification remembers: then there is nothing to announce.
        if (off.length > 0) {
          throw new MustBeAnnounced(off);
        }
        return found;
      });
    } catch (error) {
      if (!(error instanceof MustBeAnnounced)) {
        throw error;
      }
      unannounced = error.apiKeyIds;
    }
    const { result } = await propagation.run(async (tx) => {
      const found = await this.#find(tx, project);
      const off = await this.#tell(tx, project, found);
      // Another instance may have been faster.
      return { result: found, touched: touchedBy(project, off.length > 0 ? off : unannounced) };
    });
    return result;
  }

  async #find(tx: Executor, { id }: Project): Promise<Found> {
    const { store, events } = this.#dependencies;
    const looks = await store.lockLooks(tx, id, looksAtOnce);
    const figures = looks.length === 0 ? [] : await store.figures(tx, id, looks);
    const limited = figures.filter((use) => use.limited > 0);
    const tellsLimits = limited.length > 0 && (await events.isHeardIn(tx, id, "api_key.limit_reached"));
    return {
      looks,
      odd: figures.map((use) => ({ use, signals: signalsOf(use) })),
      limits: tellsLimits ? limited : [],
    };
  }

  /** @returns the keys that this switches off, which instances have to forget */
  async #tell(tx: Executor, project: Project, { looks, odd, limits }: Found): Promise<readonly bigint[]> {
    const { store, apiKeys } = this.#dependencies;
    const news = new Set(
      (
        await store.tell(
          tx,
          project.id,
          odd.flatMap(({ use, signals }) => signals.map(({ kind }) => tellingOf(use, kind))),
        )
      ).map(nameOf),
    );
    const limited = new Set(limits.map(({ apiKeyId }) => apiKeyId));
    await store.removeLooks(
      tx,
      project.id,
      looks.filter(({ apiKeyId }) => !limited.has(apiKeyId)).map(({ id }) => id),
    );
    const used = odd.flatMap(({ use, signals }) =>
      signals
        .filter(({ kind }) => news.has(nameOf(tellingOf(use, kind))))
        .map((signal) => ({ ...signal, apiKeyPublicId: use.apiKeyPublicId, hour: use.hour })),
    );
    const off = used.length === 0 ? [] : await apiKeys.suspectIn(tx, project, used);
    return off.map(({ id }) => id);
  }

  /**
   * Tells of limits that were reached, in a transaction of its own: events have their places by the keys' sequences, which must not be waited
   * for by who holds the trail's head. Until then the looks stay.
   */
  async #tellLimits(project: Project, { looks, limits }: Found): Promise<void> {
    const { db, store, events } = this.#dependencies;
    if (limits.length === 0) {
      return;
    }
    const limited = new Set(limits.map(({ apiKeyId }) => apiKeyId));
    await db.transaction().execute(async (tx) => {
      await store.removeLooks(
        tx,
        project.id,
        looks.filter(({ apiKeyId }) => limited.has(apiKeyId)).map(({ id }) => id),
      );
      const tellings = limits.map((use) => tellingOf(use, "limit_reached"));
      const news = new Set((await store.tell(tx, project.id, tellings)).map(nameOf));
      await events.tellFound(
        tx,
        limits
          .filter((use) => news.has(nameOf(tellingOf(use, "limit_reached"))))
          .map((use) => ({
            projectId: project.id,
            type: "api_key.limit_reached",
            resourceId: use.apiKeyPublicId,
            occurredAt: use.now,
            detail: { hour: use.hour.toISOString(), refusals: use.limited, verifications: use.verifications },
          })),
      );
    });
  }
}

/** Takes back a transaction that would switch keys off without telling those that remember them. */
class MustBeAnnounced extends Error {
  readonly apiKeyIds: readonly bigint[];

  constructor(apiKeyIds: readonly bigint[]) {
    super("keys are switched off");
    this.apiKeyIds = apiKeyIds;
  }
}

function tellingOf({ apiKeyId, hour }: UseFigures, kind: ToldKind): Telling {
  return { apiKeyId, hour, kind };
}

function nameOf({ apiKeyId, hour, kind }: Telling): string {
  return `${apiKeyId} ${hour.getTime()} ${kind}`;
}
