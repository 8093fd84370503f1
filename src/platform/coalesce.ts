import DataLoader from "dataloader";

/**
 * Gathers what is asked for while the batch before it is under way, and does it at once: under load many share one statement
 * or one transaction, and a lone caller does not wait for company.
 *
 * @param run does a batch; an answer or an error for each item, in their order
 * @param maxBatch items
 */
export function coalesce<Item, Answer>(
  run: (batch: readonly Item[]) => Promise<readonly (Answer | Error)[]>,
  maxBatch: number,
): (item: Item) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  let underWay: Promise<unknown> = last;
  const loader = new DataLoader<Item, Answer>(
    (batch) => {
      const answers = run(batch);
      underWay = answers.catch(() => undefined);
      return answers;
    },
    {
      cache: false,
      maxBatchSize: maxBatch,
      batchScheduleFn: (dispatch) => {
        last = last.then(() => {
          dispatch();
          return underWay;
        });
      },
    },
  );
  return (item) => loader.load(item);
}
