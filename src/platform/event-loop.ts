import { InTurn } from "./in-turn.js";

/** Of the whole process, which has one event loop. */
const waiting = new InTurn<() => void>();

/**
 * Waits for a turn of the event loop. Work that takes milliseconds takes one for each part of it: an iteration of the loop goes
 * on with one such part only, those of each caller in turn, and with everything that is short. While a part is done, nobody else
 * is served, and an iteration accepts one new connection.
 *
 * @param caller for whom it is done, such as a root key
 */
export function loopTurn(caller: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.add(caller, resolve);
  if (waiting.size === 1) {
    setImmediate(giveTurn);
  }
  return promise;
}

/** Goes on with the next part, and in the next iteration with the one after. */
function giveTurn(): void {
  const [, resume] = waiting.take() ?? [];
  resume?.();
  if (waiting.size > 0) {
    setImmediate(giveTurn);
  }
}

/**
 * Does a thing with many items, in slices of which each has a turn of the event loop.
 *
 * @param size how many items a slice has at most
 * @returns what came of each slice
 */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  size: number,
  caller: string,
  work: (slice: readonly Item[]) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += size) {
    await loopTurn(caller);
    results.push(work(items.slice(at, at + size)));
  }
  return results;
}
