import { FairQueue } from "./fair-queue.js";

/** Of the whole process, which has one event loop. */
const waiting = new FairQueue<() => void>();

/**
 * Waits for a turn of the event loop. Work that takes milliseconds takes one for each part of it: an iteration of the loop goes
 * on with one such part only, those of each actor in turn, and with everything that is short. While a part is done, nobody else
 * is served, and an iteration accepts one new connection.
 *
 * @param actor for whom it is done, such as a root key
 */
export function loopTurn(actor: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.add(actor, resolve);
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

/** How long a slice is to take, in milliseconds, and how many items the first has: nobody knows yet what one costs. */
const sliceMs = 2;
const firstSlice = 1;

/**
 * Does a thing with many items, in slices of which each has a turn of the event loop. Their size follows what they cost.
 *
 * @param most how many items a slice has at most
 * @returns what came of each slice
 */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  most: number,
  actor: string,
  work: (slice: readonly Item[]) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let size = Math.min(firstSlice, most);
  for (let at = 0; at < items.length; ) {
    await loopTurn(actor);
    const slice = items.slice(at, at + size);
    const since = performance.now();
    results.push(work(slice));
    const each = (performance.now() - since) / slice.length;
    at += slice.length;
    size = Math.max(1, Math.min(most, 4 * size, Math.floor(sliceMs / each)));
  }
  return results;
}
