/** The integer types of arrays: their bytes, and their number in `pg_type`. */
const integerTypes = { smallint: [2, 21], bigint: [8, 20] } as const;

const headBytes = 20;
const lengthBytes = 4;

/**
 * An array without nulls as Postgres' binary protocol has it, to be passed as a parameter that is cast to an array of the
 * type, whose range the caller keeps to. The driver writes arrays as text and escapes each element, for many times the cost.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c array_recv
 */
export function binaryArray(type: "bigint", values: ArrayLike<bigint | number>): Buffer;
export function binaryArray(type: "smallint", values: ArrayLike<number>): Buffer;
export function binaryArray(type: keyof typeof integerTypes, values: ArrayLike<bigint | number>): Buffer {
  const [bytes, oid] = integerTypes[type];
  const array = new DataView(new ArrayBuffer(headBytes + values.length * (lengthBytes + bytes)));
  // One dimension, no nulls, and the first index is 1.
  for (const [i, value] of [1, 0, oid, values.length, 1].entries()) {
    array.setInt32(i * 4, value);
  }
  let at = headBytes;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as bigint | number;
    array.setInt32(at, bytes);
    at += lengthBytes;
    if (typeof value === "bigint") {
      array.setBigInt64(at, value);
    } else if (!Number.isSafeInteger(value)) {
      throw new RangeError(`not an integer: ${value}`);
    } else if (bytes === 8) {
      array.setInt32(at, Math.floor(value / 2 ** 32));
      array.setInt32(at + 4, value);
    } else {
      array.setInt16(at, value);
    }
    at += bytes;
  }
  return Buffer.from(array.buffer);
}
