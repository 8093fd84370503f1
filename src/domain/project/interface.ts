import type { Executor } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type { Project, ProjectFilter, ProjectSettings, ProjectSort } from "./model.js";

/** What the project service needs of storage. Deleted projects are not there, but where it says so. */
export interface ProjectStore {
  insert(db: Executor, publicId: string, settings: ProjectSettings): Promise<Project>;
  /** @returns those that there are, in no order, without their logos */
  findByPublicIds(db: Executor, publicIds: readonly string[]): Promise<readonly Project[]>;
  /** One with its logo. */
  findWhole(db: Executor, publicId: string): Promise<Project | undefined>;
  /** Which of the origins are one of some project's. */
  findOrigins(db: Executor, origins: readonly string[]): Promise<ReadonlySet<string>>;
  /** Some of those that let users have keys, without their logos. */
  findForUsers(db: Executor, limit: number): Promise<readonly Project[]>;
  /** Finds deleted projects too, for the trail. */
  findByPublicIdEvenDeleted(db: Executor, publicId: string): Promise<Project | undefined>;
  builtIn(db: Executor): Promise<Project>;
  /** Deleted ones and the built-in one too, in the order of their ids. @param after the id to go on from; undefined: the start */
  listEvenDeleted(db: Executor, after: bigint | undefined, limit: number): Promise<readonly Project[]>;
  /** @param reach the public ids to choose from; undefined: all */
  query(
    db: Executor,
    reach: ReadonlySet<string> | undefined,
    listing: Listing<ProjectFilter, ProjectSort>,
  ): Promise<Page<Project>>;
  /** Finds a project and locks its row until the transaction ends. */
  lock(db: Executor, id: bigint): Promise<Project | undefined>;
  /** @returns undefined when it was deleted meanwhile */
  update(db: Executor, id: bigint, settings: ProjectSettings): Promise<Project | undefined>;
  markDeleted(db: Executor, id: bigint): Promise<void>;
  /** Deleted projects whose rows are still there, and that no open transaction can add to any more. */
  listUnpurged(db: Executor): Promise<readonly bigint[]>;
  markPurged(db: Executor, id: bigint): Promise<void>;
}
