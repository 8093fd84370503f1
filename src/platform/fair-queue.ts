/**
 * Items that wait, each for somebody: takes one of each actor in turn, so that whoever has many waits for his own and not
 * the others for them. Of one actor the first come first.
 */
export class FairQueue<Item> {
  /** The actor whose turn it is stands first. */
  readonly #byActor = new Map<string, Set<Item>>();
  readonly #actorOf = new Map<Item, string>();

  get size(): number {
    return this.#actorOf.size;
  }

  /** How many of an actor wait. */
  sizeOf(actor: string): number {
    return this.#byActor.get(actor)?.size ?? 0;
  }

  /** An item that waits already keeps its place. */
  add(actor: string, item: Item): void {
    if (this.#actorOf.has(item)) {
      return;
    }
    this.#actorOf.set(item, actor);
    const items = this.#byActor.get(actor);
    if (items === undefined) {
      this.#byActor.set(actor, new Set([item]));
    } else {
      items.add(item);
    }
  }

  delete(item: Item): void {
    const actor = this.#actorOf.get(item);
    if (actor === undefined) {
      return;
    }
    this.#actorOf.delete(item);
    const items = this.#byActor.get(actor);
    items?.delete(item);
    if (items?.size === 0) {
      this.#byActor.delete(actor);
    }
  }

  /**
   * Takes the next, and with it its actor's turn.
   *
   * @param isEligible actors that are not keep their turns
   */
  take(isEligible: (actor: string) => boolean = () => true): readonly [actor: string, item: Item] | undefined {
    for (const [actor, items] of this.#byActor) {
      if (isEligible(actor)) {
        const [item] = items;
        items.delete(item as Item);
        this.#actorOf.delete(item as Item);
        this.#byActor.delete(actor);
        if (items.size > 0) {
          this.#byActor.set(actor, items);
        }
        return [actor, item as Item];
      }
    }
    return undefined;
  }
}
