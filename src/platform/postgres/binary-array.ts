/** The integer types of arrays: their bytes, and their number in `pg_type`. */
const integerTypes = { smallint: [2, 21], integer: [4, 23], bigint: [8, 20] } as const;

const headBytes = 20;
const lengthBytes = 4;

/**
 * An array without nulls as Postgres' binary protocol has it, to be passed as a parameter that is cast to an array of the
 * type. The driver writes arrays as text and escapes each element, for many times the cost.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c array_recv
 */
export function binaryArray(type: "bigint", values: readonly (bigint | number)[]): Buffer;
export function binaryArray(type: "smallint" | "integer", values: readonly number[]): Buffer;
export function binaryArray(type: keyof typeof integerTypes, values: readonly (bigint | number)[]): Buffer {
  const [bytes, oid] = integerTypes[type];
  const array = Buffer.allocUnsafe(headBytes + values.length * (lengthBytes + bytes));
  // One dimension, no nulls, and the first index is 1.
  let at = array.writeInt32BE(1, 0);
  at = array.writeInt32BE(0, at);
  at = array.writeInt32BE(oid, at);
  at = array.writeInt32BE(values.length, at);
  at = array.writeInt32BE(1, at);
  for (const value of values) {
    at = array.writeInt32BE(bytes, at);
    at = bytes === 8 ? array.writeBigInt64BE(BigInt(value), at) : array.writeIntBE(Number(value), at, bytes);
  }
  return array;
}
