import { constants } from "node:os";

/** Ctrl-C reaches a process once from the terminal and again from npm: within this time it is the same wish. */
const sameWishMs = 2_000;
const lookMs = 200;

/** That the process shall stop. */
export interface StopWish {
  /** Resolves to what it was told by, the first time. */
  readonly came: Promise<string>;
  /** Aborted by then. */
  readonly signal: AbortSignal;
}

/** Listens for SIGTERM and SIGINT. Once one came, a later one ends the process at once. */
export function stopWish(env: Readonly<Record<string, string | undefined>>): StopWish {
  const { promise: came, resolve } = Promise.withResolvers<string>();
  const controller = new AbortController();
  let since: number | undefined;
  const wish = (by: string) => {
    since ??= performance.now();
    resolve(by);
    controller.abort();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (since === undefined || performance.now() - since <= sameWishMs) {
        wish(signal);
      } else {
        // Not by the signal itself: the first process of a container has no default for it.
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
  // What npx runs may start this command in turn, and end without it: only npx's own command is meant.
  if (env["npm_lifecycle_event"] === "npx" && /^["']?altalune\b/.test(env["npm_lifecycle_script"] ?? "")) {
    onParentEnd(() => wish("the end of npx"));
  }
  return { came, signal: controller.signal };
}

/** npx runs a command in a shell, and passes a signal on to that shell, which ends and tells nobody. */
function onParentEnd(tell: () => void): void {
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(looking);
      tell();
    }
  }, lookMs).unref();
}
