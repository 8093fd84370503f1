import { CompiledQuery, type Kysely } from "kysely";
import { createServices, type Services } from "../../src/app/context.js";
import { createLogger } from "../../src/platform/logger.js";
import { MasterKey } from "../../src/platform/master-key.js";
import { createDatabase, type Database } from "../../src/platform/postgres/database.js";
import { createPool } from "../../src/platform/postgres/pool.js";
import type { TestInstance } from "./instance.js";

/** One step of a plan, as `explain (format json)` tells it. */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Cond"?: string;
  readonly "Index Name"?: string;
  /** This and what follows where the statement was run, by `analyze`. */
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A statement that has a plan, after its name if it is prepared by that. */
const planned = /^(\/\*.*?\*\/)?\s*(select|insert|update|delete|with)\s/i;

/** How Postgres runs a statement. */
export interface Plan {
  readonly sql: string;
  /** All steps, those of subplans too. */
  readonly nodes: readonly PlanNode[];
}

/** The product's services on an instance's database, with a record of what they send to it. */
export interface RecordedServices extends AsyncDisposable {
  readonly services: Services;
  /** The statements that `use` sends, those that begin and end transactions too. */
  statementsOf(use: () => Promise<unknown>): Promise<readonly string[]>;
  /** The plans of the statements that `use` sends, for the very parameters that it sends. */
  plansOf(use: () => Promise<unknown>): Promise<readonly Plan[]>;
}

export async function recordServices({ databaseUrl, masterKey }: TestInstance): Promise<RecordedServices> {
  const sent: CompiledQuery[] = [];
  const db = createDatabase(createPool(databaseUrl, { max: 2, logger: createLogger("silent") }), {
    log: ({ query }) => void sent.push(query),
  });
  const key = new MasterKey(Buffer.from(masterKey, "base64"));
  const sentBy = async (use: () => Promise<unknown>) => {
    sent.length = 0;
    await use();
    return [...sent];
  };
  return {
    services: await createServices({ db, masterKey: key, environmentKey: undefined }),
    async statementsOf(use) {
      return (await sentBy(use)).map(({ sql }) => sql);
    },
    async plansOf(use) {
      const statements = (await sentBy(use)).filter(({ sql }) => planned.test(sql));
      const plans: Plan[] = [];
      for (const statement of statements) {
        plans.push({ sql: statement.sql, nodes: await explain(db, statement) });
      }
      return plans;
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

/** The partitions of a table that a plan reads. */
export function partitionsOf({ nodes }: Plan, table: string): string[] {
  const names = nodes.flatMap((node) => node["Relation Name"] ?? []).filter((name) => name.startsWith(`${table}_p`));
  return [...new Set(names)];
}

/** What a plan reads from end to end. */
export function wholeReadsOf({ nodes }: Plan): string[] {
  return nodes.flatMap((node) => (node["Node Type"] === "Seq Scan" ? (node["Relation Name"] ?? []) : []));
}

/** @param runs whether it is run, too: then the steps say what they have read */
export async function explain(
  db: Kysely<Database>,
  { sql, parameters }: CompiledQuery,
  { runs = false } = {},
): Promise<readonly PlanNode[]> {
  const explained = CompiledQuery.raw(`explain (analyze ${runs}, format json) ${sql}`, [...parameters]);
  const { rows } = await db.executeQuery<{ "QUERY PLAN": readonly { Plan: PlanNode }[] }>(explained);
  return rows.flatMap((row) => row["QUERY PLAN"].flatMap(({ Plan: root }) => flatten(root)));
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
