/** An object that has room for values of others, which last as long as it. */
export interface SlotHolder {
  /** Read and written by `ObjectSlot` alone. */
  readonly slots: unknown[];
}

let slotCount = 0;

/** Room for the values of every slot: an array that has to grow takes several times the memory. */
export function emptySlots(): unknown[] {
  return new Array(slotCount).fill(undefined);
}

/**
 * A slot for one value on each object. A `WeakMap` holds the same, but with a hundred thousand objects each look-up in it waits
 * for memory several times. Made as modules load, never at a call: each slot takes room on every object. A copy of an object
 * shares its slots.
 */
export class ObjectSlot<Value> {
  readonly #index = slotCount++;

  get({ slots }: SlotHolder): Value | undefined {
    return slots[this.#index] as Value | undefined;
  }

  set({ slots }: SlotHolder, value: Value): void {
    slots[this.#index] = value;
  }
}
