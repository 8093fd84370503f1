import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { readConfig } from "../app/config.js";
import { type Migrating, openForMigration } from "../app/storage.js";
import { migrateDown, migrateUp, migrationStates } from "../platform/postgres/migrator.js";
import { UsageError } from "./usage-error.js";
import { commandLogger } from "./with-storage.js";

export function migrateCommand(): Command {
  const command = new Command("migrate").description("change the database's schema by hand").exitOverride();
  command
    .command("up")
    .description("bring the schema up to date, as every start does")
    .action(() => migrating(async ({ db }) => report("up", await migrateUp(db))));
  command
    .command("down")
    .description("take back the last step, and with it the data that it held")
    .option("--yes", "do not ask")
    .action(({ yes = false }: { readonly yes?: boolean }) =>
      migrating(async ({ db }) => {
        const last = (await migrationStates(db)).findLast(({ executedAt }) => executedAt !== undefined);
        if (last !== undefined && !yes) {
          await confirm(last.name);
        }
        report("down", await migrateDown(db));
      }),
    );
  command
    .command("status")
    .description("list the steps, and when each was run")
    .action(() =>
      migrating(async ({ db }) => {
        for (const { name, executedAt } of await migrationStates(db)) {
          process.stdout.write(`${name}  ${executedAt?.toISOString() ?? "pending"}\n`);
        }
      }),
    );
  return command;
}

async function migrating(run: (migrating: Migrating) => Promise<void>): Promise<void> {
  const config = readConfig(process.env);
  const opened = await openForMigration(config.database, commandLogger());
  try {
    await run(opened);
  } finally {
    await opened.close();
  }
}

/** @throws UsageError unless somebody is there and agrees */
async function confirm(step: string): Promise<void> {
  const consequence = `taking back ${step} deletes the data that it held`;
  if (!process.stdin.isTTY) {
    throw new UsageError(`${consequence}: repeat the command with --yes`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${consequence}. Go on? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new UsageError("nothing was changed");
    }
  } finally {
    lines.close();
  }
}

function report(direction: "up" | "down", steps: readonly string[]): void {
  process.stdout.write(steps.length === 0 ? "nothing to do\n" : steps.map((name) => `${direction} ${name}\n`).join(""));
}
