/** What a `SideThread` runs. */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";

/** Of niceness: a tenth of a core that others want. Below that, whoever signs in on a busy machine would wait for ever. */
const niceness = 10;

if (process.platform === "linux") {
  try {
    // There, and there alone, it is this thread's and not the process's.
    setPriority(niceness);
  } catch {
    // Where the kernel does not let it, it competes as others do.
  }
}
const { answer } = await import(workerData);
parentPort?.on("message", async ({ id, question }) => {
  try {
    parentPort?.postMessage({ id, answer: await answer(question) });
  } catch (failure) {
    parentPort?.postMessage({ id, failure });
  }
});
