import Cursor from "pg-cursor";
import { columnTypes } from "./column-types.js";

/** Reads a statement's rows in parts, all of one snapshot. */
export class RowCursor<Row> extends Cursor<Row> {
  constructor(text: string, values: unknown[]) {
    super(text, values, { types: columnTypes });
  }
}
