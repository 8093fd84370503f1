/** Beyond the time that the questions took, in milliseconds: what slewing may add up to. */
const toleranceMs = 500;

/** What the database's clock is ahead of this process's monotonic one, in milliseconds: between these. */
interface Ahead {
  readonly least: number;
  readonly most: number;
}

/**
 * Notices when the database's clock is set. What is remembered is measured by how far that clock was ahead of ours when it was
 * read.
 */
export class ClockWatch {
  #reference: Ahead | undefined;

  /**
   * The database has told its time.
   *
   * @param askedAt by the monotonic clock, as `answeredAt`
   * @returns whether its clock was set since it was first told, or since this last said so
   */
  jumped(now: Date, askedAt: number, answeredAt: number): boolean {
    const ahead = { least: now.getTime() - answeredAt, most: now.getTime() - askedAt };
    const reference = this.#reference;
    const agrees =
      reference !== undefined &&
      ahead.least <= reference.most + toleranceMs &&
      ahead.most >= reference.least - toleranceMs;
    if (!agrees) {
      this.#reference = ahead;
    }
    return reference !== undefined && !agrees;
  }
}
