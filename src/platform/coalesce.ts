import DataLoader from "dataloader";
import { within } from "./timeout.js";

export interface CoalesceOptions {
  /** How many items a batch has at most. */
  readonly maxBatch: number;
  /** How many batches are under way at most; Infinity: only what is asked in the same turn of the event loop goes together. */
  readonly concurrency: number;
  /** A batch that takes longer than this, in milliseconds, does not keep others from being under way; never unless given. */
  readonly slowMs?: number;
  /** How long a caller waits; what has waited for as long is left out of its batch. As long as it takes unless given. */
  readonly patience?: Patience;
}

export interface Patience {
  /** In milliseconds. */
  readonly ms: number;
  /** Makes the error of a caller who has waited for so long. */
  readonly late: () => Error;
}

interface Asked<Item> {
  readonly item: Item;
  /** Whether its caller has been told that it took too long. */
  isLate: boolean;
}

/**
 * Gathers what is asked for while as many batches are under way as may be, and does it at once: under load many share one
 * statement or one transaction, and a lone caller does not wait for company.
 *
 * @param run does a batch; an answer or an error for each item, in their order
 */
export function coalesce<Item, Answer>(
  run: (batch: readonly Item[]) => Promise<readonly (Answer | Error)[]>,
  { maxBatch, concurrency, slowMs, patience }: CoalesceOptions,
): (item: Item) => Promise<Answer> {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  const start = (dispatch: () => void) => {
    underWay += 1;
    // What has arrived with the first of the batch still joins it.
    setImmediate(dispatch);
  };
  /** @returns what makes room for the next, once */
  const holdPlace = () => {
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        underWay -= 1;
        const next = waiting.shift();
        if (next !== undefined) {
          start(next);
        }
      }
    };
  };
  /** Does what somebody still waits for. */
  const runAwaited = async (batch: readonly Asked<Item>[]): Promise<readonly (Answer | Error)[]> => {
    const late = batch.map(({ isLate }) => (isLate ? patience?.late() : undefined));
    const items = batch.filter((_, i) => late[i] === undefined).map(({ item }) => item);
    const answers = items.length === 0 ? [] : await run(items);
    if (answers.length !== items.length) {
      throw new Error(`${answers.length} answers to ${items.length} items`);
    }
    const inOrder = answers.values();
    return late.map((error) => error ?? (inOrder.next().value as Answer | Error));
  };
  const loader = new DataLoader<Asked<Item>, Answer>(
    async (batch) => {
      const makeRoom = holdPlace();
      const timer = slowMs === undefined ? undefined : setTimeout(makeRoom, slowMs);
      try {
        return await runAwaited(batch);
      } finally {
        clearTimeout(timer);
        makeRoom();
      }
    },
    {
      cache: false,
      maxBatchSize: maxBatch,
      batchScheduleFn: (dispatch) => {
        if (underWay < concurrency) {
          start(dispatch);
        } else {
          waiting.push(dispatch);
        }
      },
    },
  );
  return (item) => {
    const asked = { item, isLate: false };
    const answer = loader.load(asked);
    if (patience === undefined) {
      return answer;
    }
    return within(answer, patience.ms, () => {
      asked.isLate = true;
      return patience.late();
    });
  };
}
