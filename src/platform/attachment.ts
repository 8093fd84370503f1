/** What others attach values to, which last as long as it. */
export interface Attachable {
  /** Read and written by `Attachment` alone. */
  readonly attachments: unknown[];
}

let kinds = 0;

/** Room for everything that is attached anywhere: an array that has to grow takes several times the memory. */
export function noAttachments(): unknown[] {
  return new Array(kinds).fill(undefined);
}

/**
 * A kind of value that its maker attaches to objects, one to each. A `WeakMap` holds the same, but with a hundred thousand
 * objects each look-up in it waits for memory several times. Made as modules load, never at a call: each kind takes room on every
 * object. A copy of an object shares what is attached to it.
 */
export class Attachment<Value> {
  readonly #place = kinds++;

  get({ attachments }: Attachable): Value | undefined {
    return attachments[this.#place] as Value | undefined;
  }

  set({ attachments }: Attachable, value: Value): void {
    attachments[this.#place] = value;
  }
}
