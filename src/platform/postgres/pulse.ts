import { type Kysely, sql } from "kysely";
import { fulfilledWithin } from "../timeout.js";
import type { Database } from "./database.js";

/** How long the question may take, in milliseconds. */
const beatMs = 1_000;

/** Tells a database that hangs from one that is slow with a statement: it is asked something small, one question at a time. */
export class DatabasePulse {
  readonly #db: Kysely<Database>;
  #asking: Promise<void> | undefined;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Whether the database answers within a second. @throws what it, or the way to it, answers with an error */
  async beats(): Promise<boolean> {
    // A question that hangs keeps its connection, so that no second is asked beside it.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return fulfilledWithin(this.#asking, beatMs);
  }

  async #ask(): Promise<void> {
    await sql`select 1`.execute(this.#db);
  }
}
