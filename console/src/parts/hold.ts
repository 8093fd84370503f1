import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";

/**
 * Keeps the page as it is while it has what would be lost with it: a secret that is shown this once, or is on its way. Until it is free
 * again it is not left, what would take it away waits, and nothing is asked unbidden.
 */
let holds = 0;
let waiting: (() => void)[] = [];
const listeners = new Set<() => void>();
const askBefore = (event: BeforeUnloadEvent) => event.preventDefault();

export function isHeld(): boolean {
  return holds > 0;
}

/** Does what takes the page away: at once, or when nothing holds it any more. */
export function onceFree(work: () => void): void {
  if (isHeld()) {
    waiting.push(work);
  } else {
    work();
  }
}

export function useIsHeld(): boolean {
  return useSyncExternalStore(subscribe, isHeld);
}

/**
 * Holds the page as long as it is needed and the caller is drawn.
 *
 * @returns lets it go before that, so that the caller can lead away from it
 */
export function useHold(isNeeded: boolean): () => void {
  const release = useRef<() => void>(undefined);
  const letGo = useCallback(() => {
    release.current?.();
    release.current = undefined;
  }, []);
  useEffect(() => {
    if (isNeeded) {
      release.current = hold();
    }
    return letGo;
  }, [isNeeded, letGo]);
  return letGo;
}

function hold(): () => void {
  addEventListener("beforeunload", askBefore);
  change(+1);
  return () => {
    change(-1);
    if (!isHeld()) {
      removeEventListener("beforeunload", askBefore);
      // Not before whatever comes next on the page can hold it in turn.
      queueMicrotask(goOn);
    }
  };
}

function goOn(): void {
  if (!isHeld()) {
    const works = waiting;
    waiting = [];
    for (const work of works) {
      work();
    }
  }
}

function change(by: number): void {
  holds += by;
  for (const listener of listeners) {
    listener();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
