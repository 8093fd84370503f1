import { Progress } from "../progress.js";

/** How often it may say so, in milliseconds. */
const showMs = 100;
const number = new Intl.NumberFormat("en");

/** Counts what was read, and says on stderr how far a scan has come, and how fast. */
export class Tally {
  readonly #progress = new Progress();
  readonly #since = performance.now();
  readonly #faults: string[] = [];
  #shownMs = 0;
  #commits = 0;
  #versions = 0;
  #bytes = 0;
  files = 0;
  /** How many commits there are to read. */
  expectedCommits = 0;

  /** Some bytes were read. */
  read(bytes: number): void {
    this.#bytes += bytes;
    const nowMs = performance.now();
    if (nowMs - this.#shownMs >= showMs) {
      this.#shownMs = nowMs;
      this.#progress.show(this.#text());
    }
  }

  /** An object of a history is read. @param type as git names it */
  object(type: string): void {
    if (type === "commit") {
      this.#commits += 1;
    } else if (type === "blob") {
      this.#versions += 1;
    }
  }

  /** Something could not be read. */
  fault(sentence: string): void {
    this.#faults.push(sentence);
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  clear(): void {
    this.#progress.clear();
  }

  /** @param outcome what came of it */
  end(outcome: string): void {
    this.#progress.clear();
    for (const fault of this.#faults) {
      process.stderr.write(`${fault}\n`);
    }
    process.stderr.write(`${this.#text()}: ${outcome}\n`);
  }

  #text(): string {
    const seconds = Math.max(0.001, (performance.now() - this.#since) / 1000);
    const megabytes = this.#bytes / 1e6;
    const parts = [
      this.files > 0 && `${number.format(this.files)} files`,
      this.expectedCommits > 0 &&
        `${number.format(this.#commits)} of ${number.format(this.expectedCommits)} commits (${number.format(Math.round(this.#commits / seconds))} a second)`,
      this.#versions > 0 && `${number.format(this.#versions)} versions of files`,
      `${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s (${(megabytes / seconds).toFixed(1)} MB a second)`,
    ];
    return parts.filter((part) => part !== false).join(", ");
  }
}
