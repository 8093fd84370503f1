import { type Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { migrations } from "../../../migrations/index.js";
import { refuseOtherEncodings } from "./encoding.js";

/** The database was migrated by a newer version of Altalune. */
export class SchemaNewerError extends Error {
  override readonly name = "SchemaNewerError";

  constructor(unknownSteps: readonly string[]) {
    super(
      `the database's schema is newer than this version of Altalune (it has ${unknownSteps.join(", ")}): run the newer version`,
    );
  }
}

export interface MigrationState {
  readonly name: string;
  /** Undefined: pending. */
  readonly executedAt: Date | undefined;
}

const tables = { migrationTableName: "altalune_migrations", migrationLockTableName: "altalune_migrations_lock" };

/**
 * Brings the schema up to date. Safe when several servers start at once: it runs under an advisory lock, in one
 * transaction.
 *
 * @returns the names of the steps that were run
 * @throws SchemaNewerError
 * @throws DatabaseEncodingError
 */
export async function migrateUp<T>(db: Kysely<T>): Promise<readonly string[]> {
  await refuseOtherEncodings(db);
  await refuseNewerSchema(db);
  return run(await migrator(db).migrateToLatest());
}

/**
 * Takes back the last step.
 *
 * @returns the names of the steps that were taken back
 */
export async function migrateDown<T>(db: Kysely<T>): Promise<readonly string[]> {
  await refuseNewerSchema(db);
  return run(await migrator(db).migrateDown());
}

/** Every step, and when it was run. */
export async function migrationStates<T>(db: Kysely<T>): Promise<readonly MigrationState[]> {
  const steps = await migrator(db).getMigrations();
  return steps.map(({ name, executedAt }) => ({ name, executedAt }));
}

async function refuseNewerSchema<T>(db: Kysely<T>): Promise<void> {
  const executed = await executedSteps(db);
  const unknown = executed.filter((name) => !(name in migrations));
  if (unknown.length > 0) {
    throw new SchemaNewerError(unknown);
  }
}

async function executedSteps<T>(db: Kysely<T>): Promise<readonly string[]> {
  const found = await sql<{ exists: boolean }>`
    select to_regclass('altalune_migrations') is not null as exists
  `.execute(db);
  if (found.rows[0]?.exists !== true) {
    return [];
  }
  const steps = await sql<{ name: string }>`select name from altalune_migrations order by name`.execute(db);
  return steps.rows.map(({ name }) => name);
}

function migrator<T>(db: Kysely<T>): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) }, ...tables });
}

function run(outcome: Awaited<ReturnType<Migrator["migrateToLatest"]>>): readonly string[] {
  if (outcome.error !== undefined) {
    throw outcome.error;
  }
  return (outcome.results ?? []).map(({ migrationName }) => migrationName);
}
