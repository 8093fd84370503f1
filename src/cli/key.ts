import { text } from "node:stream/consumers";
import { Command } from "commander";
import { RevokeApiKeyRequestSchema } from "../../gen/altalune/v1/api_key_pb.js";
import {
  type FoundApiKey,
  type KeyLookup,
  type RevocationReason,
  revocationReasonNumbers,
  statusAt,
} from "../domain/api_key/model.js";
import { containsSecret, digestOf, hasSecretShape } from "../domain/api_key/secret-format.js";
import type { ApiKeyService } from "../domain/api_key/service.js";
import { commandLineCaller } from "../domain/caller.js";
import { isText, textRules } from "../platform/field-rules.js";
import { isPublicId } from "../platform/ids.js";
import { printTable } from "./table.js";
import { unconfirmed } from "./unconfirmed.js";
import { UsageError } from "./usage-error.js";
import { withConfirmingServices, withServices } from "./with-storage.js";

const reasons = Object.keys(revocationReasonNumbers) as readonly RevocationReason[];
const whichKey = "what is known of the key: its id, the start of it that is shown, or - to read its value from stdin";

export function keyCommand(): Command {
  const command = new Command("key").description("find, show and revoke keys, whatever their project").exitOverride();
  command
    .command("find")
    .description("list the keys that something is known of, the newest first")
    .argument("<key>", whichKey)
    .action((known: string) => withServices(async ({ apiKeys }) => printKeys(await find(apiKeys, known))));
  command
    .command("show")
    .description("print all that is known of one key")
    .argument("<key>", whichKey)
    .action((known: string) => withServices(async ({ apiKeys }) => printKey(await findOne(apiKeys, known))));
  command
    .command("revoke")
    .description("revoke a key, for good")
    .argument("<key>", whichKey)
    .option("--reason <reason>", `one of ${reasons.join(", ")}`, "administrative")
    .option("--comment <text>", "what the trail shall hold beside it", "")
    .action(revoke);
  return command;
}

async function revoke(known: string, options: { readonly reason: string; readonly comment: string }): Promise<void> {
  const reason = reasons.find((one) => one === options.reason);
  if (reason === undefined) {
    throw new UsageError(`--reason must be one of ${reasons.join(", ")}`);
  }
  const commentRules = textRules(RevokeApiKeyRequestSchema.field.comment);
  if (!isText(commentRules, options.comment)) {
    throw new UsageError(`--comment ${commentRules.sentences.join("; ")}`);
  }
  if (containsSecret(options.comment)) {
    throw new UsageError("--comment must not hold a secret");
  }
  await withConfirmingServices(async ({ apiKeys, projects }) => {
    const { apiKey, projectPublicId } = await findOne(apiKeys, known);
    const project = await projects.reach(commandLineCaller, projectPublicId);
    const { propagation } = await apiKeys.revoke(commandLineCaller, project, apiKey.publicId, reason, options.comment);
    process.stderr.write(`key ${apiKey.publicId} is revoked${unconfirmed(propagation)}\n`);
  });
}

async function find(apiKeys: ApiKeyService, known: string): Promise<readonly FoundApiKey[]> {
  const found = await apiKeys.find(commandLineCaller, await lookupOf(known));
  if (found.length === 0) {
    throw new UsageError("there is no such key; root keys are in altalune root-key list");
  }
  return found;
}

async function findOne(apiKeys: ApiKeyService, known: string): Promise<FoundApiKey> {
  const [first, ...others] = await find(apiKeys, known);
  if (first === undefined || others.length > 0) {
    throw new UsageError("several keys are like this: altalune key find lists them, take the id of one");
  }
  return first;
}

/** A value is read from stdin, where no list of processes and no history of a shell shows it. */
async function lookupOf(known: string): Promise<KeyLookup> {
  if (known === "-") {
    const value = (await text(process.stdin)).trim();
    if (value === "") {
      throw new UsageError("nothing came from stdin; it is to be the value of a key");
    }
    return { digest: digestOf(value) };
  }
  if (hasSecretShape(known)) {
    throw new UsageError("a key's value does not belong into the arguments: give - and the value on stdin");
  }
  return isPublicId(known) ? { publicId: known } : { displayPrefix: known };
}

function printKeys(found: readonly FoundApiKey[]): void {
  printTable(
    ["ID", "PROJECT", "NAME", "OWNER", "STATUS", "KEY", "EXPIRES"],
    found.map(({ apiKey, projectPublicId }) => [
      apiKey.publicId,
      projectPublicId,
      apiKey.name,
      apiKey.ownerId,
      statusAt(apiKey, apiKey.observedAt),
      `${apiKey.displayPrefix}…`,
      apiKey.expiresAt?.toISOString() ?? "never expires",
    ]),
  );
}

function printKey({ apiKey, projectPublicId }: FoundApiKey): void {
  const { perMinute, perDay } = apiKey.rateLimits;
  const facts: Readonly<Record<string, string | undefined>> = {
    id: apiKey.publicId,
    project: projectPublicId,
    name: apiKey.name,
    owner: apiKey.ownerId || undefined,
    status: statusAt(apiKey, apiKey.observedAt),
    key: `${apiKey.displayPrefix}…`,
    scopes: apiKey.scopes.join(" ") || undefined,
    tier: apiKey.tier || undefined,
    "a minute": perMinute?.toString(),
    "a day": perDay?.toString(),
    created: apiKey.createdAt.toISOString(),
    updated: apiKey.updatedAt.toISOString(),
    expires: apiKey.expiresAt?.toISOString() ?? "never",
    "last used": apiKey.lastUsedAt?.toISOString() ?? "never",
    "last rotated": apiKey.lastRotatedAt?.toISOString(),
    "next rotation": apiKey.nextRotationAt?.toISOString(),
    "previous value until": apiKey.previousExpiresAt?.toISOString(),
    revoked: apiKey.revokedAt?.toISOString(),
    "revocation reason": apiKey.revocationReason,
  };
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined) {
      process.stdout.write(`${`${name}:`.padEnd(22)}${value}\n`);
    }
  }
}
