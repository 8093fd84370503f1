import { setTimeout as sleep } from "node:timers/promises";

const freshMs = 1_050;
const readAt = new Map<string, number>();

/** The text of /metrics as it is now: it is computed once a second at most, and so are two readings that far apart. */
export async function metricsOf({ url }: { readonly url: string }): Promise<string> {
  const since = performance.now() - (readAt.get(url) ?? Number.NEGATIVE_INFINITY);
  if (since < freshMs) {
    await sleep(freshMs - since);
  }
  readAt.set(url, performance.now());
  return (await fetch(`${url}/metrics`)).text();
}
