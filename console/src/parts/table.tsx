import { Fragment, type ReactNode } from "react";
import classes from "./table.module.css";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
}

interface TableProps<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Whether other rows are on their way. */
  readonly isStale?: boolean;
  /** What stands below a row, across it; undefined: nothing. */
  readonly below?: (row: Row) => ReactNode;
}

/**
 * Rows of what there is; the first column names each. On narrow screens a row is a block, each cell with its column's name. The roles are
 * told, since browsers forget those of a table that is laid out otherwise.
 */
export function Table<Row>({ name, columns, rows, keyOf, isStale = false, below }: TableProps<Row>) {
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <table role="table" className={classes["table"]} aria-label={name} aria-busy={isStale}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.name} role="columnheader" scope="col">
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <Fragment key={keyOf(row)}>
            <tr role="row">
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.name} role="rowheader" scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} role="cell">
                    <span className={classes["label"]} aria-hidden="true">
                      {column.name}
                    </span>
                    <span>{column.cell(row)}</span>
                  </td>
                ),
              )}
            </tr>
            <Below columns={columns.length}>{below?.(row)}</Below>
          </Fragment>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}

function Below({ columns, children }: { readonly columns: number; readonly children: ReactNode }) {
  return children === undefined ? null : (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <tr role="row" className={classes["below"]}>
      <td role="cell" colSpan={columns}>
        {children}
      </td>
    </tr>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
