import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import { coalesce } from "../../platform/coalesce.js";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import type { Database } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import { ApiKeyNotFoundError } from "../api_key/errors.js";
import type { KeyHolder } from "../api_key/model.js";
import type { ApiKeyService, ExposedApiKey } from "../api_key/service.js";
import { type Author, type Caller, reaches } from "../caller.js";
import { DatabaseBusyError } from "../overload/errors.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import type { ExposureStore } from "./interface.js";
import type { ExposureReport, FoundValue, WaitingReport } from "./model.js";
import { ReportLimit } from "./report-limit.js";

/** How many reports one statement writes down, and how many that were left one step takes up. */
const maxTogether = 64;
/** How much later than its answer may be sent a report is dealt with, in milliseconds. */
const headStartMs = 50;
/** How long whoever reports waits for that, in milliseconds. */
const patienceMs = 5_000;

export interface ExposureServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: ExposureStore;
  readonly apiKeys: ApiKeyService;
  readonly projects: ProjectService;
  /** The connections that changes share. */
  readonly changes: ConcurrencyLimiter;
  /** Told of a report that could not be dealt with; it is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** A key that was reported, its project, and what was done. */
export interface TreatedKey extends ExposedApiKey {
  readonly projectPublicId: string;
}

/**
 * Reports of values that were found where others can read them. Of those that are not answered for, each is written down, whatever it
 * says, and answered then: how long that takes tells nothing. What is written down is dealt with at once, by whoever has taken it, and
 * else by the next who looks.
 */
export class ExposureService {
  readonly #dependencies: ExposureServiceDependencies;
  readonly #limit = new ReportLimit();
  readonly #underWay = new Set<Promise<void>>();
  /** One statement at a time: nobody takes connections by reporting. */
  readonly #writeDown: (report: ExposureReport) => Promise<void>;

  constructor(dependencies: ExposureServiceDependencies) {
    this.#dependencies = dependencies;
    const { db, store } = dependencies;
    this.#writeDown = coalesce<ExposureReport, void>(
      async (reports) => {
        this.#begin(await store.add(db, reports));
        return reports.map(() => undefined);
      },
      { maxBatch: maxTogether, concurrency: 1, patience: { ms: patienceMs, late: () => new DatabaseBusyError() } },
    );
  }

  /**
   * Takes a report of somebody who is not known.
   *
   * @throws TooManyReportsError
   */
  async take(from: Omit<Author, "actor">, found: FoundValue): Promise<void> {
    this.#limit.take(from.clientAddress, Date.now());
    await this.#writeDown({ ...found, author: { ...from, actor: "reporter" } });
  }

  /**
   * Takes the report of a caller, and deals with it before it returns where the caller reaches the key's project.
   *
   * @returns undefined: there is no such key, or the caller does not reach it
   */
  async takeOf(caller: Caller, found: FoundValue): Promise<TreatedKey | undefined> {
    const [holder] = await this.#dependencies.apiKeys.holdersOf([found.digest]);
    if (holder === undefined || holder.projectPublicId === "" || !reaches(caller, holder.projectPublicId)) {
      // Whoever has the value may report it, and hears no more than anybody.
      await this.#writeDown({ ...found, author: authorOf(caller) });
      return undefined;
    }
    return this.#treat(authorOf(caller), found, holder);
  }

  /**
   * Takes reports of somebody who is told which values are ours, before anything is done about it.
   *
   * @returns whether each is
   */
  async takeAll(author: Author, found: readonly FoundValue[]): Promise<readonly boolean[]> {
    const { db, store, changes } = this.#dependencies;
    return changes.run(async () => {
      const holders = await this.#holders(found);
      const ours = found.filter(({ digest }) => holders.has(digest.toString("base64")));
      if (ours.length > 0) {
        this.#begin(
          await store.add(
            db,
            ours.map((value) => ({ ...value, author })),
          ),
        );
      }
      return found.map(({ digest }) => holders.has(digest.toString("base64")));
    }, author.actor);
  }

  /** Deals with reports that somebody has left, such as an instance that has ended. */
  async treatDue(run: StepRunner = atOnce): Promise<void> {
    const { db, store } = this.#dependencies;
    let taken: readonly WaitingReport[];
    do {
      taken = await run(() => store.takeDue(db, maxTogether));
      await this.#treatAll(taken);
    } while (taken.length === maxTogether);
  }

  /** Waits for what has begun. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Does not wait for it, and lets the answer go first. */
  #begin(reports: readonly WaitingReport[]): void {
    const treating = sleep(headStartMs)
      .then(() => this.#treatAll(reports))
      .catch((error: unknown) => this.#dependencies.onFailure(error))
      .finally(() => this.#underWay.delete(treating));
    this.#underWay.add(treating);
  }

  async #treatAll(reports: readonly WaitingReport[]): Promise<void> {
    if (reports.length === 0) {
      return;
    }
    const { db, store, changes, onFailure } = this.#dependencies;
    const holders = await changes.run(() => this.#holders(reports), actor);
    const done = await Promise.all(
      reports.map(async (report) => {
        const holder = holders.get(report.digest.toString("base64"));
        try {
          await (holder && changes.run(() => this.#treat(report.author, report, holder), actor));
          return [report.id];
        } catch (error) {
          onFailure(error);
          return [];
        }
      }),
    );
    await changes.run(() => store.remove(db, done.flat()), actor);
  }

  async #treat(author: Author, found: FoundValue, holder: KeyHolder): Promise<TreatedKey | undefined> {
    const project = await this.#projectOf(holder);
    try {
      const treated =
        project && (await this.#dependencies.apiKeys.expose(author, project, holder.apiKeyPublicId, found));
      return treated && { ...treated, projectPublicId: holder.projectPublicId };
    } catch (error) {
      // It was deleted meanwhile.
      if (error instanceof ApiKeyNotFoundError) {
        return undefined;
      }
      throw error;
    }
  }

  async #projectOf({ projectPublicId }: KeyHolder): Promise<Project | undefined> {
    const { projects } = this.#dependencies;
    return projectPublicId === "" ? projects.builtIn() : projects.named(projectPublicId);
  }

  async #holders(found: readonly FoundValue[]): Promise<ReadonlyMap<string, KeyHolder>> {
    const holders = await this.#dependencies.apiKeys.holdersOf(found.map(({ digest }) => digest));
    return new Map(holders.map((holder) => [holder.digest.toString("base64"), holder]));
  }
}

/** For whom the limiter of changes counts them. */
const actor = "exposure reports";

function authorOf({ actor, requestId, clientAddress }: Caller): Author {
  return { actor, requestId, clientAddress };
}
