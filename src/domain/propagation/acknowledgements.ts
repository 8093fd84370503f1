import { fulfilledWithin } from "../../platform/timeout.js";

/** Who has acknowledged which of this instance's changes. */
export class Acknowledgements {
  readonly #open = new Map<string, { readonly by: Set<string>; wake: () => void }>();

  /** Begins to collect for a change; before its transaction commits, so that none comes too early. */
  open(change: string): void {
    this.#open.set(change, { by: new Set(), wake: () => {} });
  }

  /** The change is over: it failed, or has been waited for. */
  close(change: string): void {
    this.#open.delete(change);
  }

  add(instanceId: string, changes: readonly string[]): void {
    for (const change of changes) {
      const entry = this.#open.get(change);
      if (entry !== undefined) {
        entry.by.add(instanceId);
        entry.wake();
      }
    }
  }

  /**
   * Waits until all of the instances have acknowledged a change.
   *
   * @returns those that had not when the time was over
   */
  async waitFor(change: string, instanceIds: readonly string[], timeoutMs: number): Promise<readonly string[]> {
    const entry = this.#open.get(change);
    if (entry === undefined) {
      return instanceIds;
    }
    const missing = () => instanceIds.filter((id) => !entry.by.has(id));
    if (missing().length === 0) {
      return [];
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.wake = () => {
      if (missing().length === 0) {
        resolve();
      }
    };
    await fulfilledWithin(promise, timeoutMs);
    return missing();
  }
}
