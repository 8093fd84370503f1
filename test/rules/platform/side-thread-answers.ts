/** What the thread of `side-thread.test.ts` answers. */
import { getPriority } from "node:os";

export type Question = "priority" | "fail" | "end" | "busy";

export function answer(question: Question): number {
  switch (question) {
    case "priority":
      return getPriority();
    case "busy": {
      const until = performance.now() + 50;
      while (performance.now() < until);
      return 0;
    }
    case "fail":
      throw new RangeError("no answer to that");
    case "end":
      return process.exit(1);
  }
}
