import { type CustomTypesConfig, types } from "pg";

const int8 = types.builtins.INT8;

/** How columns are read: as the driver does, but int8 as bigint. */
export const columnTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === int8 && format !== "binary" ? BigInt : (types.getTypeParser(oid, format) as (value: unknown) => unknown),
};
