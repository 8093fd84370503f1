import { Command } from "commander";
import { isHere, readConfig } from "../app/config.js";
import { createServices } from "../app/context.js";
import { commandLineCaller } from "../domain/caller.js";
import { PublicUrl } from "../platform/public-url.js";
import { withStorage } from "./with-storage.js";

export function userCommand(): Command {
  const command = new Command("user").description("let people in who run the service").exitOverride();
  command
    .command("setup-link")
    .description("make a link by which whoever opens it becomes an owner, and print it, once, to stdout")
    .action(setupLink);
  return command;
}

async function setupLink(): Promise<void> {
  const { publicUrl: configured, host, port, tls } = readConfig(process.env);
  const publicUrl = new PublicUrl(configured);
  if (port !== 0 && isHere(host)) {
    publicUrl.listensAt(`${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`);
  }
  await withStorage(async ({ db, masterKey }) => {
    const { users } = await createServices({ db, masterKey, environmentKey: undefined, publicUrl });
    const { url, expiresAt } = await users.setupLink(commandLineCaller);
    process.stderr.write(`good once, until ${expiresAt.toISOString()}, and not shown again:\n`);
    process.stdout.write(`${url}\n`);
  });
}
