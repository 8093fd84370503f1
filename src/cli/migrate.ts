import { Command } from "commander";
import { readConfig } from "../app/config.js";
import { type Migrating, openForMigration } from "../app/storage.js";
import { migrateDown, migrateUp, migrationStates } from "../platform/postgres/migrator.js";
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
    .action(() => migrating(async ({ db }) => report("down", await migrateDown(db))));
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

function report(direction: "up" | "down", steps: readonly string[]): void {
  process.stdout.write(steps.length === 0 ? "nothing to do\n" : steps.map((name) => `${direction} ${name}\n`).join(""));
}
