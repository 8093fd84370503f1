import { DataDirInUseError, EmbeddedPostgresError } from "@altalune/embedded-postgres";
import { Command, CommanderError } from "commander";
import { ConfigError } from "../app/config.js";
import { MasterKeyFileError } from "../app/master-key-file.js";
import { DatabaseUnusableError } from "../app/storage.js";
import { WorkerFailedError } from "../app/workers/supervisor.js";
import { DomainError } from "../domain/domain-error.js";
import { MasterKeyMismatchError } from "../domain/master_key/mismatch-error.js";
import { DecryptionError } from "../platform/master-key.js";
import { SchemaNewerError } from "../platform/postgres/migrator.js";
import { DatabaseEncodingError, DatabaseInRecoveryError } from "../platform/postgres/open.js";
import { version } from "../platform/version.js";
import { ListenError } from "../server/http/listen-error.js";
import { NotLoopbackError } from "../server/http/not-loopback-error.js";
import { auditCommand } from "./audit.js";
import { jobsCommand } from "./jobs.js";
import { keyCommand } from "./key.js";
import { masterKeyCommand } from "./master-key.js";
import { migrateCommand } from "./migrate.js";
import { rootKeyCommand } from "./root-key.js";
import { scanCommand } from "./scan.js";
import { serve } from "./serve.js";
import { UsageError } from "./usage-error.js";
import { userCommand } from "./user.js";

/** What the operator can mend: its sentence is all that is shown. */
const explained = [
  ConfigError,
  DomainError,
  DataDirInUseError,
  EmbeddedPostgresError,
  SchemaNewerError,
  DatabaseEncodingError,
  DatabaseInRecoveryError,
  DatabaseUnusableError,
  DecryptionError,
  MasterKeyFileError,
  ListenError,
  NotLoopbackError,
  MasterKeyMismatchError,
  UsageError,
  WorkerFailedError,
];

const program = new Command("altalune")
  .description("API keys beside your own Postgres: issue, verify, limit, rotate, revoke, and keep the trail.")
  .version(version)
  .exitOverride();
program
  .command("serve")
  .description("run the service; see the README for its environment")
  .action(() => serve(process.env));
program.addCommand(migrateCommand());
program.addCommand(rootKeyCommand());
program.addCommand(userCommand());
program.addCommand(keyCommand());
program.addCommand(auditCommand());
program.addCommand(scanCommand());
program.addCommand(masterKeyCommand());
program.addCommand(jobsCommand());

/** Runs the command that the arguments name, and sets the exit code. */
export async function run(): Promise<void> {
  // Who reads what we print may have seen enough, as `head` has: what is left to do is done, and to print is dropped.
  for (const output of [process.stdout, process.stderr]) {
    output.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") {
        throw error;
      }
    });
  }
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
    } else {
      // A command may have said already what its failure means.
      process.exitCode ||= 1;
      process.stderr.write(`altalune: ${explain(error)}\n`);
    }
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) {
    return "failed for an unknown reason";
  }
  if (explained.some((type) => error instanceof type)) {
    return error.message;
  }
  // The database's and the system's own errors have a code, and so have Node's about our own mistakes.
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && !(error instanceof TypeError) ? error.message || code : (error.stack ?? error.message);
}
