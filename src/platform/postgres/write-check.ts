import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { fulfilledWithin } from "../timeout.js";
import type { Database } from "./database.js";

/** How often it writes at most, in milliseconds. */
const everyMs = 10_000;
/** For how long a change that the database refused speaks for it, unless another has come through, in milliseconds. */
const refusedMs = 30_000;
const timeoutMs = 2_000;
/** More than a page holds, and not to be compressed: a disk that is full has no room for it. */
const writtenBytes = 16 * 1024;

/** By SQLSTATE. */
const refusals: Readonly<Record<string, string>> = {
  "25006": "the database is read-only",
  "53100": "the database's disk is full",
};

class WrittenBackError extends Error {}

/** Whether changes can be made: by what became of those that were tried, and by a write that is taken back. */
export class WriteCheck {
  readonly #db: Kysely<Database>;
  #refused: { readonly reason: string; readonly at: number } | undefined;
  #checked: { readonly reason: string | undefined; readonly at: number } | undefined;
  #checking: Promise<string | undefined> | undefined;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** A change was made. */
  succeeded(): void {
    this.#refused = undefined;
  }

  /** A change has failed, for whatever reason. */
  failed(error: unknown): void {
    const reason = refusalOf(error);
    if (reason !== undefined) {
      this.#refused = { reason, at: performance.now() };
    }
  }

  /** Why no change can be made; undefined: it can. */
  async reason(): Promise<string | undefined> {
    const now = performance.now();
    if (this.#refused !== undefined && now - this.#refused.at < refusedMs) {
      return this.#refused.reason;
    }
    if (this.#checked === undefined || now - this.#checked.at >= everyMs) {
      this.#checking ??= this.#check().finally(() => {
        this.#checking = undefined;
      });
      const checking = this.#checking;
      const inTime = await fulfilledWithin(checking, timeoutMs);
      this.#checked = { reason: inTime ? await checking : "the database does not take writes in time", at: now };
    }
    return this.#checked.reason;
  }

  async #check(): Promise<string | undefined> {
    try {
      await this.#db.transaction().execute(async (tx) => {
        await tx
          .insertInto("altalune_settings")
          .values({ name: "write_check", value: randomBytes(writtenBytes) })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .execute();
        throw new WrittenBackError();
      });
    } catch (error) {
      return error instanceof WrittenBackError ? undefined : (refusalOf(error) ?? "the database does not take writes");
    }
    return undefined;
  }
}

function refusalOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? refusals[code] : undefined;
}
