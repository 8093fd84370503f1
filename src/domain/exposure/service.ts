import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import { coalesce } from "../../platform/coalesce.js";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import type { Database } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { KeyHolder } from "../api_key/model.js";
import type { ApiKeyService, ExposedApiKey } from "../api_key/service.js";
import { type Author, type Caller, reaches } from "../caller.js";
import { DatabaseBusyError } from "../overload/errors.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import type { ExposureStore } from "./interface.js";
import type { ExposureReport, FoundValue, WaitingReport } from "./model.js";
import { ReportLimit } from "./report-limit.js";

/** How many reports one statement writes down, how many that were left one step takes up, and how many keys of a project share a transaction. */
const maxTogether = 64;
/** How much later than its answer may be sent a report is dealt with, in milliseconds. */
const headStartMs = 50;
/** How long whoever reports waits for that, in milliseconds. */
const patienceMs = 5_000;
/** How many of some reports fail one by one until the others are left alone: each may have waited for long. */
const maxFailures = 3;

export interface ExposureServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: ExposureStore;
  readonly apiKeys: ApiKeyService;
  readonly projects: ProjectService;
  /** The connections that changes share. */
  readonly changes: ConcurrencyLimiter;
  /** Told of reports that could not be dealt with, of each once; they are tried again. @param key whose value it is of, where it is one */
  readonly onFailure: (error: unknown, key?: KeyHolder) => void;
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
    const [treated] = await this.#treat([{ report: { ...found, author: authorOf(caller) }, holder }]);
    return treated;
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
    const { db, store, changes } = this.#dependencies;
    const holders = await changes.run(() => this.#holders(reports), actor);
    const held = reports.flatMap((report) => {
      const holder = holders.get(report.digest.toString("base64"));
      return holder === undefined ? [] : [{ report, holder }];
    });
    const left = (await Promise.all(transactionsOf(held).map((together) => this.#treatOrLeave(together)))).flat();
    const leftIds = new Set(idsOf(left));
    const done = idsOf(reports).filter((id) => !leftIds.has(id));
    await changes.run(() => store.remove(db, done), actor);
    const failed = left.filter(({ hasFailed }) => hasFailed);
    if (failed.length > 0) {
      await changes.run(() => store.postpone(db, idsOf(failed)), actor);
    }
  }

  /**
   * Deals with reports of keys of one project together, and one by one where that fails: one that cannot be dealt with holds up no
   * other.
   *
   * @returns those that are left
   */
  async #treatOrLeave(together: readonly Held<WaitingReport>[]): Promise<readonly Left[]> {
    const { changes, onFailure } = this.#dependencies;
    try {
      await changes.run(() => this.#treat(together), actor);
      return [];
    } catch (error) {
      const [one, ...others] = together;
      if (one === undefined || others.length > 0) {
        return this.#treatEach(together);
      }
      if (one.report.failures === 0) {
        onFailure(error, one.holder);
      }
      return [{ id: one.report.id, hasFailed: true }];
    }
  }

  /** Where several fail, the reason is none of theirs, and the others are left alone. */
  async #treatEach(held: readonly Held<WaitingReport>[]): Promise<readonly Left[]> {
    const left: Left[] = [];
    for (const one of held) {
      const isTried = left.length < maxFailures;
      left.push(...(isTried ? await this.#treatOrLeave([one]) : [{ id: one.report.id, hasFailed: false }]));
    }
    return left;
  }

  /** @param held keys of one project, at least one */
  async #treat(held: readonly Held<ExposureReport>[]): Promise<readonly TreatedKey[]> {
    const [{ holder } = { holder: undefined }] = held;
    const project = holder && (await this.#projectOf(holder));
    if (project === undefined) {
      return [];
    }
    const values = held.map(({ report, holder: { apiKeyPublicId } }) => ({ ...report, apiKeyPublicId }));
    const treated = await this.#dependencies.apiKeys.expose(project, values);
    return treated.map((one) => ({ ...one, projectPublicId: project.publicId }));
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

/** A report, and the key that its value is of. */
interface Held<Report> {
  readonly report: Report;
  readonly holder: KeyHolder;
}

/** A report that is still to be dealt with. */
interface Left {
  readonly id: bigint;
  /** Whether it was tried, and not merely left alone. */
  readonly hasFailed: boolean;
}

function idsOf(reports: readonly { readonly id: bigint }[]): readonly bigint[] {
  return reports.map(({ id }) => id);
}

/** Those of each project share transactions. */
function transactionsOf<Report>(held: readonly Held<Report>[]): readonly (readonly Held<Report>[])[] {
  const ofProjects = Map.groupBy(held, ({ holder }) => holder.projectPublicId);
  return [...ofProjects.values()].flatMap((of) =>
    Array.from({ length: Math.ceil(of.length / maxTogether) }, (_, i) =>
      of.slice(i * maxTogether, (i + 1) * maxTogether),
    ),
  );
}

/** For whom the limiter of changes counts them. */
const actor = "exposure reports";

function authorOf({ actor, requestId, clientAddress }: Caller): Author {
  return { actor, requestId, clientAddress };
}
