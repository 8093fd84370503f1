import type { Executor } from "../../platform/postgres/database.js";
import type { SourceBatch, ToldKind, UsedSource, UseFigures } from "./model.js";

/** A key whose use is to be looked at, once it is held. */
export interface Look {
  readonly id: bigint;
  readonly apiKeyId: bigint;
  /** When the UTC hour starts of which the use is. */
  readonly hour: Date;
}

/** What is told of a key in an hour. */
export interface Telling {
  readonly apiKeyId: bigint;
  readonly hour: Date;
  readonly kind: ToldKind;
}

/** What odd use needs of storage. */
export interface OddUseStore {
  /** Adds up where keys were used from today, and lets those be looked at that were so from another network than before. */
  addSources(tx: Executor, batch: SourceBatch): Promise<void>;
  /** Some projects of which keys are to be looked at. */
  projectsToLookAt(db: Executor, limit: number): Promise<readonly ProjectToLookAt[]>;
  /** Holds some keys of a project that are to be looked at, until the transaction ends; those that another instance holds are left to it. */
  lockLooks(tx: Executor, projectId: bigint, limit: number): Promise<readonly Look[]>;
  /** What is known of the use of keys, those left out that are gone. */
  figures(tx: Executor, projectId: bigint, looks: readonly Look[]): Promise<readonly UseFigures[]>;
  /** Notes what is told. @returns what nobody had told yet */
  tell(tx: Executor, projectId: bigint, tellings: readonly Telling[]): Promise<readonly Telling[]>;
  removeLooks(tx: Executor, projectId: bigint, ids: readonly bigint[]): Promise<void>;
  /** Forgets all of a project that is gone which is still to be looked at. */
  removeLooksOf(db: Executor, projectId: bigint): Promise<void>;
  /** Deletes some sources and tellings that are older than they are kept. @returns how many at most of one of them */
  deleteSomeOld(db: Executor, limit: number): Promise<number>;
  /**
   * Where a key was used from, by all days of a period, those most often first.
   *
   * @param from a day, `2026-01-31`
   * @param until the day after the last
   */
  topSources(
    db: Executor,
    projectId: bigint,
    apiKeyId: bigint,
    from: string,
    until: string,
    limit: number,
  ): Promise<readonly UsedSource[]>;
}

export interface ProjectToLookAt {
  readonly id: bigint;
  /** Undefined: it is gone. */
  readonly publicId: string | undefined;
}
