import { sql } from "kysely";
import { type Denial, denialOf } from "../../support/errors.js";
import type { Clients } from "../../support/instance.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";

/** Two servers on one database. */
export interface TwoInstances {
  readonly instances: readonly [TestInstance, TestInstance];
  /** The clients of one of them, by turns. */
  clients(turn: number): Clients;
  stop(): Promise<void>;
}

export async function startTwoInstances(): Promise<TwoInstances> {
  const one = await startTestInstance();
  const two = await startTestInstance({ beside: one });
  return {
    instances: [one, two],
    clients: (turn) => (turn % 2 === 0 ? one : two).clients,
    stop: async () => {
      await two.stop();
      await one.stop();
    },
  };
}

/** What became of a race's calls. */
export interface Race<T> {
  readonly won: readonly T[];
  readonly lost: readonly Denial[];
}

/** Lets calls go at once. */
export async function race<T>(calls: readonly (() => Promise<T>)[]): Promise<Race<T>> {
  const won: T[] = [];
  const lost: Denial[] = [];
  await Promise.all(
    calls.map(async (call) => {
      const running = call();
      try {
        won.push(await running);
      } catch {
        lost.push(await denialOf(running));
      }
    }),
  );
  return { won, lost };
}

/** Secrets without a key and keys without a secret: there are never any. */
export async function strayRows({ db }: TestInstance): Promise<unknown> {
  const { rows } = await sql`
    select 'secret without a key' as stray, encode(secret.digest, 'hex') as digest
    from altalune_api_key_secrets as secret
    where not exists (
      select from altalune_project_api_keys as key
      where key.project_id = secret.project_id and key.id = secret.api_key_id
        and secret.digest in (key.digest, key.previous_digest)
    )
    union all
    select 'key without a secret', encode(key.digest, 'hex') from altalune_project_api_keys as key
    where not exists (select from altalune_api_key_secrets as secret where secret.digest = key.digest)
  `.execute(db);
  return rows;
}
