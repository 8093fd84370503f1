/** Waits for a promise, for a limited time. @returns whether it was fulfilled by then @throws what it rejects with */
export async function fulfilledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a promise, for a limited time. @throws the error of `late` once that is over, which may clean up as well */
export async function within<Result>(promise: Promise<Result>, ms: number, late: () => Error): Promise<Result> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
