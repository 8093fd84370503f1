import { Command } from "commander";
import ms, { type StringValue } from "ms";
import { CreateApiKeyRequestSchema } from "../../gen/altalune/v1/api_key_pb.js";
import { ApiKeyNotFoundError } from "../domain/api_key/errors.js";
import { type ApiKey, statusAt } from "../domain/api_key/model.js";
import { commandLineCaller } from "../domain/caller.js";
import type { DomainError } from "../domain/domain-error.js";
import { ProjectNotFoundError } from "../domain/project/errors.js";
import { rootKeyScopes } from "../domain/root_key/model.js";
import { covers } from "../domain/scope.js";
import { isText, textRules } from "../platform/field-rules.js";
import { newPublicId } from "../platform/ids.js";
import { isDate, isRfc3339 } from "../platform/rfc3339.js";
import { printTable } from "./table.js";
import { unconfirmed } from "./unconfirmed.js";
import { UsageError } from "./usage-error.js";
import { withConfirmingServices, withServices } from "./with-storage.js";

interface CreateOptions {
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly project?: readonly string[];
  readonly expires?: string;
}

export function rootKeyCommand(): Command {
  const command = new Command("root-key").description("make, list and revoke root keys").exitOverride();
  command
    .command("create")
    .description("make a root key and print it, once, to stdout")
    .requiredOption("--scope <scope...>", `what it may do: ${rootKeyScopes.join(", ")}; * stands for all`)
    .option("--project <id...>", "the projects that it reaches; without it: all")
    .option(
      "--expires <when>",
      "a duration such as 90d (units s, m for minutes, h, d, w, y), or a time such as 2030-01-31T00:00:00Z; without it: never",
    )
    .option("--name <name>", "a name for the listing and the trail")
    .action(create);
  command
    .command("list")
    .description("list root keys, the newest first")
    .action(() => withServices(async ({ rootKeys }) => printKeys(await rootKeys.list())));
  command
    .command("revoke")
    .description("revoke a root key, for good")
    .argument("<id>", "its id, as listed")
    .action((id: string) =>
      withConfirmingServices(async ({ rootKeys }) => {
        // Not repeated: it may be the key itself, which is easily taken for its id.
        const unknown = "there is no root key with this id: the ids are in altalune root-key list";
        const { propagation } = await inWords(rootKeys.revoke(commandLineCaller, id), ApiKeyNotFoundError, unknown);
        process.stderr.write(`root key ${id} is revoked${unconfirmed(propagation)}\n`);
      }),
    );
  return command;
}

async function create({ name, scope = [], project, expires }: CreateOptions): Promise<void> {
  const request = {
    name: name ?? `root-${newPublicId()}`,
    scopes: scope.map(checkedScope),
    projects: project,
    expiresAt: expires === undefined ? undefined : expiry(expires),
  };
  const nameRules = textRules(CreateApiKeyRequestSchema.field.name);
  if (!isText(nameRules, request.name)) {
    throw new UsageError(`--name ${nameRules.sentences.join("; ")}`);
  }
  await withServices(async ({ rootKeys }) => {
    const { apiKey, keyValue } = await inWords(
      rootKeys.create(commandLineCaller, request),
      ProjectNotFoundError,
      "--project must be the ids of projects that exist: see ProjectService.QueryProjects",
    );
    process.stderr.write(`root key ${apiKey.publicId}, not shown again:\n`);
    process.stdout.write(`${keyValue}\n`);
  });
}

/** Says a denial in the words of the command line. */
async function inWords<T>(running: Promise<T>, denial: new () => DomainError, sentence: string): Promise<T> {
  try {
    return await running;
  } catch (error) {
    throw error instanceof denial ? new UsageError(sentence) : error;
  }
}

function checkedScope(scope: string): string {
  if (!rootKeyScopes.some((known) => covers(scope, known))) {
    throw new UsageError(`--scope must be among ${rootKeyScopes.join(", ")}, or a pattern of them such as *`);
  }
  return scope;
}

/** A duration has a unit: a bare number might be meant as days, or as a year. */
function expiry(text: string): Date {
  const date = new Date(Number.NaN);
  if (/^[0-9.]+ ?[a-z]+$/.test(text)) {
    date.setTime(Date.now() + ms(text as StringValue));
  } else if (isRfc3339(text) || isDate(text)) {
    date.setTime(Date.parse(text));
  }
  if (!(date.getTime() > Date.now())) {
    throw new UsageError(
      "--expires must be a duration such as 90d, or a time in the future such as 2030-01-31T00:00:00Z; units are s, m (minutes), h, d, w and y, in small letters, and there is none for months",
    );
  }
  return date;
}

function printKeys(keys: readonly ApiKey[]): void {
  printTable(
    ["ID", "NAME", "STATUS", "KEY", "SCOPES", "PROJECTS", "EXPIRES"],
    keys.map((key) => [
      key.publicId,
      key.name,
      statusAt(key, key.observedAt),
      `${key.displayPrefix}…`,
      key.scopes.join(" "),
      key.reachableProjectIds?.join(" ") ?? "every project",
      key.expiresAt?.toISOString() ?? "never expires",
    ]),
  );
}
