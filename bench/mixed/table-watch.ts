import type pg from "pg";

export interface TableSample {
  readonly at: number;
  /** With its indexes. */
  readonly bytes: number;
  readonly live: number;
  readonly dead: number;
}

/** Those of partitions are added up. */
const statement = `
  select
    coalesce(pg_partition_root(relid), relid)::regclass::text as name,
    sum(pg_total_relation_size(relid))::float8 as bytes,
    sum(n_live_tup)::float8 as live,
    sum(n_dead_tup)::float8 as dead
  from pg_stat_user_tables
  where relname like 'altalune%'
  group by 1
`;

/** Looks at the sizes of all tables every so often. */
export class TableWatch {
  readonly #client: pg.Client;
  readonly samples = new Map<string, TableSample[]>();

  constructor(client: pg.Client) {
    this.#client = client;
  }

  async look(): Promise<void> {
    const { rows } = await this.#client.query<{ name: string; bytes: number; live: number; dead: number }>(statement);
    const at = performance.now();
    for (const { name, ...sample } of rows) {
      this.samples.set(name, [...(this.samples.get(name) ?? []), { at, ...sample }]);
    }
  }
}
