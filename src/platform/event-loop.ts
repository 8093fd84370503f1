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

/**
 * Does a thing with many items, in slices of which each has a turn of the event loop.
 *
 * @param size how many items a slice has
 * @returns what came of each slice
 */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  size: number,
  actor: string,
  work: (slice: readonly Item[]) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += size) {
    await loopTurn(actor);
    results.push(work(items.slice(at, at + size)));
  }
  return results;
}

/** How long a slice is to take, in milliseconds, and how many times as many items it has as the one before, at most. */
const sliceMs = 2;
const growth = 4;

/** The same with items of which nobody knows what one costs: the size of slices follows what those before have cost. */
export async function inShortSlices<Item, Result>(
  items: readonly Item[],
  actor: string,
  work: (slice: readonly Item[]) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let size = 1;
  for (let at = 0; at < items.length; ) {
    await loopTurn(actor);
    const slice = items.slice(at, at + size);
    const since = performance.now();
    results.push(work(slice));
    const each = (performance.now() - since) / slice.length;
    at += slice.length;
    size = Math.max(1, Math.min(growth * size, Math.floor(sliceMs / each)));
  }
  return results;
}

/** So many items are mapped at once, without a turn: less than a millisecond's work. */
const few = 100;

/** Maps a list that may be long, in slices. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  actor: string,
  map: (item: Item) => Result,
): Promise<Result[]> {
  if (items.length <= few) {
    return items.map(map);
  }
  const slices = await inSlices(items, few, actor, (slice) => slice.map(map));
  return slices.flat();
}
