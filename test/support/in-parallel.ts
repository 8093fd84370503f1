const workers = 16;

/** Works on some items at a time, which are taken from their source as they are needed. */
export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const source = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}
