const tickMs = 1;

export interface Offered {
  readonly calls: number;
  readonly seconds: number;
  /** The most calls that were under way at once: many, if the machine did not bear the rate. */
  readonly mostAtOnce: number;
}

/**
 * Makes calls at a fixed rate, whether or not those before are answered.
 *
 * @param call told when it is due, so that no wait is left out of its time
 */
export async function offer(
  perSecond: number,
  durationMs: number,
  call: (dueAt: number) => Promise<void>,
): Promise<Offered> {
  const since = performance.now();
  const total = Math.round((durationMs / 1000) * perSecond);
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  let underWay = 0;
  let mostAtOnce = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - since) / 1000) * perSecond));
    for (; sent < due; sent++) {
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      void call(since + (sent / perSecond) * 1000).finally(() => {
        underWay -= 1;
        if (sent === total && underWay === 0) {
          resolve();
        }
      });
    }
    if (sent === total) {
      clearInterval(timer);
    }
  }, tickMs);
  await over;
  return { calls: total, seconds: (performance.now() - since) / 1000, mostAtOnce };
}
