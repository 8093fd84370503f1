import { randomBytes, randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { StepRunner } from "../steps.js";
import { fulfilledWithin } from "../timeout.js";
import type { Database } from "./database.js";

/** How often it writes at most, in milliseconds. */
const everyMs = 10_000;
/** For how long a change that the database refused speaks for it, unless another has come through, in milliseconds. */
const refusedMs = 30_000;
const timeoutMs = 2_000;
/** How long it waits for a connection at most, in milliseconds. */
const turnMs = 500;
/** More than a page holds, and not to be compressed: a disk that is full has no room for it. */
const writtenBytes = 16 * 1024;

/** By SQLSTATE. */
const refusals: Readonly<Record<string, string>> = {
  "25006": "the database is read-only",
  "53100": "the database's disk is full",
};

/** A write under way. */
interface Check {
  /** It has its connection. */
  readonly begun: Promise<void>;
  /** Why it failed; undefined: it was done, or nobody knows. */
  readonly reason: Promise<string | undefined>;
}

class WrittenBackError extends Error {}

/** Whether changes can be made: by what became of those that were tried, and by a write that is taken back. */
export class WriteCheck {
  readonly #db: Kysely<Database>;
  readonly #run: StepRunner;
  #refused: { readonly reason: string; readonly at: number } | undefined;
  #checked: { readonly reason: string | undefined; readonly at: number } | undefined;
  #checking: Check | undefined;

  /** @param run lets the write at the database */
  constructor(db: Kysely<Database>, run: StepRunner) {
    this.#db = db;
    this.#run = run;
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
      this.#checking ??= this.#check();
      this.#checked = { reason: await this.#outcomeOf(this.#checking), at: now };
    }
    return this.#checked.reason;
  }

  /** A write that gets no connection says nothing: what was known before still holds. */
  async #outcomeOf({ begun, reason }: Check): Promise<string | undefined> {
    if (!(await fulfilledWithin(Promise.race([begun, reason]), turnMs))) {
      return this.#checked?.reason;
    }
    return (await fulfilledWithin(reason, timeoutMs)) ? reason : "the database does not take writes in time";
  }

  #check(): Check {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const reason = this.#run(() => this.#write(begin)).finally(() => {
      this.#checking = undefined;
    });
    return { begun, reason: reason.catch(() => this.#checked?.reason) };
  }

  /** Each write has a name of its own: it would wait for another of its name that is held up in between. */
  async #write(begin: () => void): Promise<string | undefined> {
    let begun = false;
    try {
      await this.#db.transaction().execute(async (tx) => {
        begun = true;
        begin();
        await tx
          .insertInto("altalune_settings")
          .values({ name: `write_check ${randomUUID()}`, value: randomBytes(writtenBytes) })
          .execute();
        throw new WrittenBackError();
      });
    } catch (error) {
      if (!begun) {
        throw error;
      }
      return error instanceof WrittenBackError ? undefined : (refusalOf(error) ?? "the database does not take writes");
    }
    return undefined;
  }
}

function refusalOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? refusals[code] : undefined;
}
