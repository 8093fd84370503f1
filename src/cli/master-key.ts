import { Command } from "commander";
import { readConfig } from "../app/config.js";
import { commandLineCaller } from "../domain/caller.js";
import { MasterKey } from "../platform/master-key.js";
import { UsageError } from "./usage-error.js";
import { withServices } from "./with-storage.js";

export function masterKeyCommand(): Command {
  const command = new Command("master-key").description("make and replace the master key").exitOverride();
  command
    .command("create")
    .description("print a fresh master key for ALTALUNE_MASTER_KEY, and nothing else; it is kept nowhere")
    .action(() => void process.stdout.write(`${MasterKey.generate()}\n`));
  command
    .command("rotate")
    .description(
      "encrypt with ALTALUNE_MASTER_KEY what ALTALUNE_MASTER_KEY_PREVIOUS encrypted, while the service runs with both",
    )
    .action(rotate);
  return command;
}

async function rotate(): Promise<void> {
  const { masterKey, previousMasterKey } = readConfig(process.env).database;
  if (masterKey === undefined || previousMasterKey === undefined) {
    throw new UsageError(
      "set ALTALUNE_MASTER_KEY to the new master key and ALTALUNE_MASTER_KEY_PREVIOUS to the old one",
    );
  }
  await withServices(async ({ masterKeys }) => {
    const keys = await masterKeys.rotate(commandLineCaller);
    process.stderr.write(
      `the signing secrets of ${keys} keys and the trail's key are under the new master key;\n` +
        "ALTALUNE_MASTER_KEY_PREVIOUS can go once every instance runs with the new one\n",
    );
  });
}
