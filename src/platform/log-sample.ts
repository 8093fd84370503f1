/** How many kinds of lines are written in a second, and remembered. */
const maxKinds = 100;
const secondMs = 1_000;

type Fields = Readonly<Record<string, unknown>>;

interface Kind {
  /** The latest that was not written. */
  latest: Fields | undefined;
  unwritten: number;
}

/**
 * Writes of each kind of line one a second, so that nobody can flood the log: the first at once, and at the end of each second the
 * latest, with how many others were `left_out`. Beyond so many kinds a second there is only one count of them all.
 */
export class LogSample {
  readonly #write: (fields: Fields) => void;
  readonly #kinds = new Map<string, Kind>();
  #beyond = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (fields: Fields) => void) {
    this.#write = write;
  }

  add(name: string, fields: Fields): void {
    const kind = this.#kinds.get(name);
    if (kind !== undefined) {
      kind.latest = fields;
      kind.unwritten += 1;
    } else if (this.#kinds.size >= maxKinds) {
      this.#beyond += 1;
    } else {
      this.#kinds.set(name, { latest: undefined, unwritten: 0 });
      this.#write(fields);
      this.#timer ??= setTimeout(this.#endSecond, secondMs).unref();
    }
  }

  /** A kind that was written now has had its line of the second that begins. */
  readonly #endSecond = (): void => {
    for (const [name, kind] of this.#kinds) {
      if (kind.latest === undefined) {
        this.#kinds.delete(name);
        continue;
      }
      const leftOut = kind.unwritten - 1;
      this.#write({ ...kind.latest, ...(leftOut > 0 && { left_out: leftOut }) });
      kind.latest = undefined;
      kind.unwritten = 0;
    }
    if (this.#beyond > 0) {
      this.#write({ left_out: this.#beyond });
      this.#beyond = 0;
    }
    this.#timer = this.#kinds.size === 0 ? undefined : setTimeout(this.#endSecond, secondMs).unref();
  };
}
