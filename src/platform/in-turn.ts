/**
 * Items that wait, each for somebody: takes one of each caller in turn, so that whoever has many waits for his own and not
 * the others for them. Of one caller the first come first.
 */
export class InTurn<Item> {
  /** The caller whose turn it is stands first. */
  readonly #byCaller = new Map<string, Set<Item>>();
  readonly #callerOf = new Map<Item, string>();

  get size(): number {
    return this.#callerOf.size;
  }

  /** How many of a caller wait. */
  sizeOf(caller: string): number {
    return this.#byCaller.get(caller)?.size ?? 0;
  }

  /** An item that waits already keeps its place. */
  add(caller: string, item: Item): void {
    if (this.#callerOf.has(item)) {
      return;
    }
    this.#callerOf.set(item, caller);
    const items = this.#byCaller.get(caller);
    if (items === undefined) {
      this.#byCaller.set(caller, new Set([item]));
    } else {
      items.add(item);
    }
  }

  delete(item: Item): void {
    const caller = this.#callerOf.get(item);
    if (caller === undefined) {
      return;
    }
    this.#callerOf.delete(item);
    const items = this.#byCaller.get(caller);
    items?.delete(item);
    if (items?.size === 0) {
      this.#byCaller.delete(caller);
    }
  }

  /** Takes the next, and with it its caller's turn. */
  take(): readonly [caller: string, item: Item] | undefined {
    const [turn] = this.#byCaller;
    if (turn === undefined) {
      return undefined;
    }
    const [caller, items] = turn;
    const [item] = items as Set<Item>;
    items.delete(item as Item);
    this.#callerOf.delete(item as Item);
    this.#byCaller.delete(caller);
    if (items.size > 0) {
      this.#byCaller.set(caller, items);
    }
    return [caller, item as Item];
  }
}
