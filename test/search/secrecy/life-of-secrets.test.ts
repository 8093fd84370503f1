import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { type CommandProcess, runCommand } from "../../process/chaos/service-process.js";
import { denialOf } from "../../support/errors.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { letRotate } from "../../support/rotation.js";
import { dumpOf } from "./dump.js";
import { liveThrough } from "./lives.js";
import { Recorder } from "./recorder.js";
import { SecretFinder } from "./secret-finder.js";
import { Wire, wholeText } from "./wire.js";

/** As long as a secret and of its characters, but none: it may be stored and shown, and so proves the search. */
const mark = newSecret("mark_").slice(5).split("").reverse().join("");

let altalune: TestInstance;
const finder = new SecretFinder();
const recorder = new Recorder(finder);
/** Finds the mark, and nothing else. */
const markFinder = new SecretFinder();
const verdicts = new Set<VerificationCode>();
const places: Record<string, readonly (readonly [place: string, text: string])[]> = {};

beforeAll(async () => {
  altalune = await startTestInstance();
  markFinder.add("the mark", mark);
  finder.add("the first root key", altalune.rootKey);
  const madeByCommand = await rootKeyOfCommand();
  finder.add("a root key of the command line", madeByCommand);

  for (const rootKey of [altalune.rootKey, madeByCommand]) {
    for (const [, clients] of recorder.clients(altalune.url, rootKey)) {
      const life = await liveThrough(clients, mark, (apiKeyId) => letRotate(altalune, apiKeyId));
      for (const verdict of life.verdicts) {
        verdicts.add(verdict);
      }
    }
  }
  await failToAuthenticate(madeByCommand);

  const wire = new Wire(altalune.url);
  const metrics = wholeText(await wire.http1({ path: "/metrics", method: "GET" }));
  const marked = wholeText(await wire.http1({ path: "/nothing", headers: { "x-request-id": mark } }));
  wire.close();
  places["response"] = [...recorder.records, ["marked", marked]];
  places["metric"] = [["/metrics", metrics]];
  places["log line"] = altalune.logLines.map((line) => [line.slice(0, 200), line]);
  places["table"] = await dumpOf(altalune.databaseUrl);
});
afterAll(() => altalune.stop());

describe("the secrets of whole lives", () => {
  test("came from every rpc that tells one, and to every verdict", () => {
    // Of each of 8 lives: 3 keys, 2 rotations, 2 signing secrets and 2 rotations of these; an owner's code, token and key, and a
    // rotation of it; a key that is rotated by the service, and its value that waits; and 3 root keys.
    expect(finder.size).toBe(8 * 15 + 3);
    expect(places["table"]?.map(([place]) => place)).toContain("table public.altalune_waiting_values");
    expect([...verdicts].sort()).toEqual([
      VerificationCode.VALID,
      VerificationCode.NOT_FOUND,
      VerificationCode.REVOKED,
      VerificationCode.DISABLED,
      VerificationCode.EXPIRED,
      VerificationCode.INSUFFICIENT_SCOPE,
      VerificationCode.RATE_LIMITED,
    ]);
  });

  test.each(["response", "metric", "log line", "table"])("stand in no %s but the response that told them", (kind) => {
    expect(places[kind]).not.toEqual([]);
    expect(finder.findIn(places[kind] ?? [])).toEqual([]);
  });

  test.each(["response", "log line", "table"])("would be found in a %s if they stood there", (kind) => {
    expect(markFinder.findIn(places[kind] ?? [])).not.toEqual([]);
  });

  test("would be found in each table that holds text of a caller", () => {
    const tables = markFinder.findIn(places["table"] ?? []).map(({ place }) => place.replace(/_p\d\d$/, ""));
    expect([...new Set(tables)].sort()).toEqual([
      "table public.altalune_api_key_owners",
      "table public.altalune_audit_events",
      "table public.altalune_project_api_keys",
    ]);
  });
});

/** A root key as an operator makes it. */
async function rootKeyOfCommand(): Promise<string> {
  const command = await rootKeyCommand("create", "--scope", "*");
  const [rootKey = "", ...rest] = command.stdout().split("\n");
  expect(rest).toEqual([""]);
  finder.add("a root key of the command line", rootKey);
  expect(finder.find(command.stderr())).toEqual([]);
  return rootKey;
}

async function rootKeyCommand(...args: readonly string[]): Promise<CommandProcess> {
  const command = runCommand(["root-key", ...args], {
    DATABASE_URL: altalune.databaseUrl,
    ALTALUNE_MASTER_KEY: altalune.masterKey,
    LOG_LEVEL: "trace",
  });
  expect(await command.ended).toBe(0);
  return command;
}

/** With root keys that never were, are mistyped, or are revoked; and with keys of projects. */
async function failToAuthenticate(rootKey: string): Promise<void> {
  const expectRefused = async (presented: string): Promise<void> => {
    for (const [, { projects }] of recorder.clients(altalune.url, presented)) {
      expect(await denialOf(projects.queryProjects({}))).toMatchObject({ code: "Unauthenticated" });
    }
  };
  const made = newSecret("alt_root_");
  finder.add("a root key that never was", made);
  const [revoked] = await altalune.services.rootKeys.list();
  for (const presented of [made, `${rootKey}x`, rootKey.slice(0, -1), rootKey.toLowerCase()]) {
    await expectRefused(presented);
  }
  const command = await rootKeyCommand("revoke", revoked?.publicId ?? "");
  expect(finder.find(command.stdout() + command.stderr())).toEqual([]);
  await expectRefused(rootKey);
}
