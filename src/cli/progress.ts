/** How often a terminal's line is written anew, and how often a line is added to what is no terminal, in milliseconds. */
const terminalMs = 100;
const plainMs = 5_000;
const clearLine = "\r\x1b[2K";

/** Says on stderr how far a command has come: in a terminal on one line that goes in the end, else a line now and then. */
export class Progress {
  readonly #isTerminal = process.stderr.isTTY === true;
  #lastMs = performance.now();
  #shown = false;

  show(text: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < (this.#isTerminal ? terminalMs : plainMs)) {
      return;
    }
    this.#lastMs = nowMs;
    this.#shown = true;
    process.stderr.write(this.#isTerminal ? `${clearLine}${text}` : `${text}\n`);
  }

  /** Before anything else is printed. */
  clear(): void {
    if (this.#isTerminal && this.#shown) {
      process.stderr.write(clearLine);
    }
    this.#shown = false;
  }
}
