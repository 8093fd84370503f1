import pg from "pg";
import { closedCalls } from "../lib/closed-calls.js";

/** What no revocation can do without: one row changed, a notification, and a commit. On a table of its own, in the same database. */
export class BareCommits implements AsyncDisposable {
  readonly #clients: readonly pg.Client[];
  readonly #rows: number;

  private constructor(clients: readonly pg.Client[], rows: number) {
    this.#clients = clients;
    this.#rows = rows;
  }

  static async open(databaseUrl: string, connections: number, rows: number): Promise<BareCommits> {
    const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: databaseUrl }));
    await Promise.all(clients.map((client) => client.connect()));
    await clients[0]?.query(`
      create table bare_keys (id bigint primary key, name text not null, digest bytea not null, revoked_at timestamptz);
      insert into bare_keys (id, name, digest)
        select n, 'key ' || n, sha256(n::text::bytea) from generate_series(0, ${rows - 1}) as n;
    `);
    return new BareCommits(clients, rows);
  }

  /** @returns how many milliseconds each took, ascending */
  async run(connections: number, commits: number): Promise<Float64Array> {
    return closedCalls(connections, commits, async (place, loop) => {
      const client = this.#clients[loop];
      const since = performance.now();
      await client?.query("begin");
      await client?.query("update bare_keys set revoked_at = now() where id = $1", [place % this.#rows]);
      await client?.query("select pg_notify('bare', $1)", [String(place)]);
      await client?.query("commit");
      return performance.now() - since;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}
