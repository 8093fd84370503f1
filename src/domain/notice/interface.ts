import type { Executor } from "../../platform/postgres/database.js";
import type { ClaimedMail, DueMail, LookPlace, MailState, NoticeWindow, RecordedNotice } from "./model.js";

/** What the notice services need of storage. */
export interface NoticeStore {
  /** Whether there is a project of which anybody is sent mail. */
  isHeard(db: Executor): Promise<boolean>;
  /** The internal ids of those projects. */
  heardProjects(db: Executor): Promise<readonly bigint[]>;
  /** Forgets of some projects of which nobody is sent mail any more how far it was looked. @returns how many */
  forgetUnheard(db: Executor, limit: number): Promise<number>;
  /**
   * Holds the place until which it was looked what time brings to a project's keys, until the transaction ends: where a look is under way,
   * behind the last that it has taken. Where the project's settings or addresses have changed since, that is the beginning. Undefined:
   * another instance has it. The transaction reads keys by their indexes from then on.
   */
  lockLook(db: Executor, projectId: bigint): Promise<NoticeWindow | undefined>;
  /**
   * Notes for each address what time has brought to a project's keys within a window, and it was not told. Looks at `limit` times of
   * keys, in the transaction that holds the place.
   *
   * @returns the last of them, behind which there may be more; undefined: there are none
   */
  takeDueTimes(db: Executor, projectId: bigint, window: NoticeWindow, limit: number): Promise<LookPlace | undefined>;
  /** Notes how far a look has come that is under way. */
  keepPlace(db: Executor, projectId: bigint, window: NoticeWindow, last: LookPlace): Promise<void>;
  /** Notes until when it was looked, and by which settings: none is under way then. */
  moveLook(db: Executor, projectId: bigint, window: NoticeWindow): Promise<void>;
  /** Notes for each address what the trail has. */
  note(db: Executor, notices: readonly RecordedNotice[]): Promise<void>;

  /** Some addresses that are to be told something, for which nothing else has come for a moment, and which were not just given a mail. */
  addressesToTell(db: Executor, limit: number): Promise<readonly string[]>;
  /** Whether an address is still to be told something; until the transaction ends only whoever asked may put that into mails. False: or another does. */
  lockToTell(tx: Executor, address: string): Promise<boolean>;
  /** Puts what an address is to be told into mails, under the lock: each notice into one; many, or what had to wait, into one that lists them. */
  addMails(db: Executor, address: string, publicIds: readonly string[]): Promise<void>;
  /** Adds jobs for some mails that are due and have none, or one that was lost with its process. @returns how many */
  addDueJobs(db: Executor, limit: number): Promise<number>;
  /** Claims a mail that is due, with what it is still true to tell; undefined: it is not due any more, or another has it. */
  claim(db: Executor, due: DueMail, claimMs: number): Promise<ClaimedMail | undefined>;
  /** Puts off a mail that is due, as if nobody had looked at it. */
  postpone(db: Executor, due: DueMail, delayMs: number): Promise<void>;
  /** Gives a claimed mail back, to be attempted later as if nobody had. */
  release(db: Executor, claimed: ClaimedMail, delayMs: number): Promise<void>;
  /** Writes down what came of an attempt. @param retryMs undefined: there is no other attempt */
  settle(
    db: Executor,
    claimed: ClaimedMail,
    outcome: { readonly state: MailState; readonly error: string },
    retryMs: number | undefined,
  ): Promise<void>;

  /** Deletes some notices of what was long ago. @returns how many */
  deleteSomeOld(db: Executor, limit: number): Promise<number>;
  /** Deletes some notices of values that were long due for others. @returns how many */
  deleteSomeOfOldValues(db: Executor, limit: number): Promise<number>;
  /** Deletes some mails that were sent, or given up, long ago. @returns how many */
  deleteSomeSettled(db: Executor, limit: number): Promise<number>;
  /** Deletes all of a project that is gone, a part at a time. @returns how many rows */
  deleteSomeOf(db: Executor, projectId: bigint, limit: number): Promise<number>;
}
