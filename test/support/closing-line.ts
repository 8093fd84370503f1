import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { everythingMustRun } from "./unproven.js";

/** Ends a run with one line: what was not proved on this machine, and why. With CI=true such a run fails. */
export default class ClosingLine implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules
      .flatMap(({ children }) => [...children.allTests("skipped")])
      .filter((test) => this.#tells(test));
    if (skipped.length === 0) {
      return;
    }
    const proofs = [...new Set(skipped.map((test) => noteOf(test) ?? `"${test.fullName}" (its code says skip)`))];
    const tests = skipped.length === 1 ? "1 test" : `${skipped.length} tests`;
    this.#vitest?.logger.log(
      `Not proven on this machine, ${tests} skipped: ${proofs.join(", ")}. \`.ci/run\` installs what is missing and skips nothing.`,
    );
    if (everythingMustRun) {
      this.#vitest?.logger.error("With CI=true a skipped test is a failure.");
      process.exitCode = 1;
    }
  }

  /** Whoever asks for some tests by name has not asked for the others. */
  #tells(test: TestCase): boolean {
    // What a broken set-up left out is told as its failure.
    const leftOut = test.module.state() === "failed" || this.#vitest?.config.testNamePattern !== undefined;
    return noteOf(test) !== undefined || !leftOut;
  }
}

function noteOf(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === "skipped" ? result.note : undefined;
}
