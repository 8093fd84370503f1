import DataLoader from "dataloader";

export interface CoalesceOptions {
  /** How many items a batch has at most. */
  readonly maxBatch: number;
  /** How many batches are under way at most; Infinity: only what is asked in the same turn of the event loop goes together. */
  readonly concurrency: number;
  /** A batch that takes longer than this, in milliseconds, does not keep others from being under way; never unless given. */
  readonly slowMs?: number;
}

/**
 * Gathers what is asked for while as many batches are under way as may be, and does it at once: under load many share one
 * statement or one transaction, and a lone caller does not wait for company.
 *
 * @param run does a batch; an answer or an error for each item, in their order
 */
export function coalesce<Item, Answer>(
  run: (batch: readonly Item[]) => Promise<readonly (Answer | Error)[]>,
  { maxBatch, concurrency, slowMs }: CoalesceOptions,
): (item: Item) => Promise<Answer> {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  const start = (dispatch: () => void) => {
    underWay += 1;
    // What has arrived with the first of the batch still joins it.
    setImmediate(dispatch);
  };
  const loader = new DataLoader<Item, Answer>(
    async (batch) => {
      let counts = true;
      const makeRoom = () => {
        if (counts) {
          counts = false;
          underWay -= 1;
          const next = waiting.shift();
          if (next !== undefined) {
            start(next);
          }
        }
      };
      const timer = slowMs === undefined ? undefined : setTimeout(makeRoom, slowMs);
      try {
        return await run(batch);
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
  return (item) => loader.load(item);
}
