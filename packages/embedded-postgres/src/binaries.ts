import { join, relative } from "node:path";

/** Where the parts of a Postgres lie. */
export interface Binaries {
  /** The folder that holds bin, lib and share. */
  readonly root: string;
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
}

/** The same binaries under another folder. */
export function binariesAt(root: string, from: Binaries): Binaries {
  const move = (path: string) => join(root, relative(from.root, path));
  return { root, version: from.version, postgres: move(from.postgres), initdb: move(from.initdb) };
}
