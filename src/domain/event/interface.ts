import type { Executor } from "../../platform/postgres/database.js";
import type { LookPlace } from "../notice/model.js";
import type { EventDraft, EventType, FoundTimes, TimeWindow } from "./model.js";

/** What the event service needs of storage. */
export interface EventStore {
  /**
   * Writes events of one project with their places, and a delivery of each to every webhook that is told of it, with its job, in one
   * statement.
   *
   * @param webhookId the only one that is told; undefined: all that want to be
   */
  tell(db: Executor, events: readonly EventDraft[], webhookId?: string): Promise<void>;
  /** Whether any webhook is on. Asks for no other table, so that it waits for none. */
  isHeard(db: Executor): Promise<boolean>;
  /** Whether any webhook of a project is on, and wants to be told of events of a type. */
  isHeardIn(db: Executor, projectId: bigint, type: EventType): Promise<boolean>;
  /** The internal ids of the projects that have webhooks which are on. */
  heardProjects(db: Executor): Promise<readonly bigint[]>;
  /** Lets looks at what time brings to a project's keys begin now, unless a webhook of it is on. */
  beginLooks(db: Executor, projectId: bigint): Promise<void>;
  /**
   * Holds the place until which it was looked what time brings to a project's keys, until the transaction ends, which reads them by
   * their indexes from then on. Undefined: another instance has it.
   */
  lockLook(db: Executor, projectId: bigint): Promise<TimeWindow | undefined>;
  /**
   * What time has brought to a project's keys within a window, and nobody was told; noted as told. Looks at the first
   * `limit` times of keys, in the transaction that holds the place.
   *
   * @param last the last that was looked at before; undefined: none was
   */
  takeDueTimes(
    db: Executor,
    projectId: bigint,
    window: TimeWindow,
    limit: number,
    last?: LookPlace,
  ): Promise<FoundTimes>;
  /** Notes until when it was looked, unless somebody has looked further. */
  moveLook(db: Executor, projectId: bigint, until: Date): Promise<void>;
  /** Deletes some events that are older than they are kept, and their deliveries. @returns how many */
  deleteSomeOld(db: Executor, limit: number): Promise<number>;
  /** Deletes some notes of what was told long ago. @returns how many */
  deleteSomeTold(db: Executor, limit: number): Promise<number>;
  /** Deletes all of a project that is gone, a part at a time. @returns how many rows */
  deleteSomeOf(db: Executor, projectId: bigint, limit: number): Promise<number>;
}
