import type { Binaries } from "./binaries.js";
import type { Layout } from "./layout.js";
import type { OsUser } from "./os-user.js";

/** A cluster that exists on disk, and what it takes to run it. */
export interface Cluster {
  readonly layout: Layout;
  readonly binaries: Binaries;
  /** Whom it runs as; undefined is the user we are. */
  readonly user: OsUser | undefined;
  readonly password: string;
}
