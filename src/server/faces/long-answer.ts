import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { inShortSlices } from "../../platform/event-loop.js";

/** Answers of so many items at most are encoded at once. */
const few = 8;

export type Serialize = (message: Message) => Uint8Array;

/** Where the items of a list stand in an encoded message: what is before them, between and behind. */
interface Frame {
  readonly before: Buffer;
  readonly between: Buffer;
  readonly behind: Buffer;
}

/**
 * Encodes answers of which many items may be a part, such as listings, in slices: nobody else waits for a whole one. The bytes
 * are those that `serialize` would give.
 *
 * @param actor whose answer it is: slices are made in turn
 */
export function inSlicesIfLong(
  output: DescMessage,
  binary: boolean,
  serialize: Serialize,
): (message: Message, actor: string) => Promise<Uint8Array> {
  // In JSON as in binary, fields stand in the order of their numbers.
  const [list] = output.fields.toSorted((a, b) => a.number - b.number);
  if (list?.fieldKind !== "list" || list.listKind !== "message") {
    return async (message) => serialize(message);
  }
  const { localName } = list;
  const frameOf = binary ? binaryFrame : jsonFrame(list.jsonName);
  const empty = frameOf(serialize(create(output)));
  return async (message, actor) => {
    const items = (message as unknown as Record<string, readonly Message[]>)[localName] ?? [];
    if (items.length <= few) {
      return serialize(message);
    }
    const { before, between, behind } = frameOf(serialize({ ...message, [localName]: [] }));
    const slices = await inShortSlices(items, actor, (slice) => {
      const bytes = serialize({ ...create(output), [localName]: slice });
      return bytes.subarray(before.length, bytes.length - empty.behind.length);
    });
    return Buffer.concat([before, ...slices.flatMap((slice, i) => (i === 0 ? [slice] : [between, slice])), behind]);
  };
}

/** Items of a list that stands first come first, and a message's fields may be encoded apart. */
function binaryFrame(others: Uint8Array): Frame {
  return { before: Buffer.alloc(0), between: Buffer.alloc(0), behind: Buffer.from(others) };
}

/** A field without presence is always written, an empty list too. */
function jsonFrame(name: string): (withEmptyList: Uint8Array) => Frame {
  const before = Buffer.from(`{${JSON.stringify(name)}:[`);
  return (withEmptyList) => ({
    before,
    between: Buffer.from(","),
    behind: Buffer.from(withEmptyList.subarray(before.length)),
  });
}
