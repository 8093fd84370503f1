import type { Kysely } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { ApiKeyService } from "../api_key/service.js";
import type { EventService } from "../event/service.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import { touchedBy } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import type { UsedKey } from "../usage/hour-batch.js";
import type { Look, OddUseStore, ProjectToLookAt, Telling } from "./interface.js";
import { type Signal, signalsOf, type ToldKind, type UsedSource, type UseFigures } from "./model.js";
import type { Source } from "./source.js";
import { SourceRecorder } from "./source-recorder.js";

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

/** Something that is told of a key's use, unless it was. */
interface Candidate {
  readonly use: UseFigures;
  readonly kind: ToldKind;
}

/** What was found of the keys that are held. */
interface Found {
  readonly looked: number;
  readonly odd: readonly (Signal & Candidate)[];
  /** Keys that were refused for their limits, where somebody wants to hear that, and what let them be looked at. */
  readonly limits: readonly Candidate[];
  readonly limitLooks: readonly Look[];
  readonly otherLooks: readonly Look[];
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
    return found.looked;
  }

  async #tellSome(project: Project): Promise<Found> {
    const { result } = await this.#dependencies.propagation.run(async (tx) => {
      const found = await this.#find(tx, project);
      const off = await this.#tell(tx, project, found);
      return { result: found, touched: off.length === 0 ? undefined : touchedBy(project, off) };
    });
    return result;
  }

  async #find(tx: Executor, { id }: Project): Promise<Found> {
    const { store, events } = this.#dependencies;
    const looks = await store.lockLooks(tx, id, looksAtOnce);
    const figures = looks.length === 0 ? [] : await store.figures(tx, id, looks);
    const limited = figures.filter((use) => use.limited > 0);
    const tellsLimits = limited.length > 0 && (await events.isHeardIn(tx, id, "api_key.limit_reached"));
    const limits = tellsLimits ? limited.map((use) => ({ use, kind: "limit_reached" as const })) : [];
    const apart = new Set(limits.map(({ use }) => use.apiKeyId));
    return {
      looked: looks.length,
      odd: figures.flatMap((use) => signalsOf(use).map((signal) => ({ ...signal, use }))),
      limits,
      limitLooks: looks.filter(({ apiKeyId }) => apart.has(apiKeyId)),
      otherLooks: looks.filter(({ apiKeyId }) => !apart.has(apiKeyId)),
    };
  }

  /** @returns the keys that this switches off, which instances have to forget */
  async #tell(tx: Executor, project: Project, { odd, otherLooks }: Found): Promise<readonly bigint[]> {
    const news = await this.#untold(tx, project, odd);
    await this.#removeLooks(tx, project, otherLooks);
    const used = news.map(({ use: { apiKeyPublicId, hour }, kind, figures }) => ({
      apiKeyPublicId,
      hour,
      kind,
      figures,
    }));
    const off = used.length === 0 ? [] : await this.#dependencies.apiKeys.suspectIn(tx, project, used);
    return off.map(({ id }) => id);
  }

  /**
   * Tells of limits that were reached, in a transaction of its own: events have their places by the keys' sequences, which must not be waited
   * for by who holds the trail's head. Until then the looks stay.
   */
  async #tellLimits(project: Project, { limits, limitLooks }: Found): Promise<void> {
    const { db, events } = this.#dependencies;
    if (limits.length === 0) {
      return;
    }
    await db.transaction().execute(async (tx) => {
      const news = await this.#untold(tx, project, limits);
      await this.#removeLooks(tx, project, limitLooks);
      await events.tellFound(
        tx,
        news.map(({ use }) => ({
          projectId: project.id,
          type: "api_key.limit_reached",
          resourceId: use.apiKeyPublicId,
          occurredAt: use.now,
          detail: { hour: use.hour.toISOString(), refusals: use.limited, verifications: use.verifications },
        })),
      );
    });
  }

  /** Those that nobody has told yet. From now on they are told. */
  async #untold<One extends Candidate>(tx: Executor, project: Project, found: readonly One[]): Promise<readonly One[]> {
    const news = new Set((await this.#dependencies.store.tell(tx, project.id, found.map(tellingOf))).map(nameOf));
    return found.filter((one) => news.has(nameOf(tellingOf(one))));
  }

  async #removeLooks(tx: Executor, project: Project, looks: readonly Look[]): Promise<void> {
    await this.#dependencies.store.removeLooks(
      tx,
      project.id,
      looks.map(({ id }) => id),
    );
  }
}

function tellingOf({ use: { apiKeyId, hour }, kind }: Candidate): Telling {
  return { apiKeyId, hour, kind };
}

function nameOf({ apiKeyId, hour, kind }: Telling): string {
  return `${apiKeyId} ${hour.getTime()} ${kind}`;
}
