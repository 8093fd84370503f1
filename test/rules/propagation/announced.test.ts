import { sql } from "kysely";
import pg from "pg";
import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { decodeNotice, type Notice, noticeChannel } from "../../../src/domain/propagation/messages.js";
import type { Statement } from "../../../src/platform/postgres/database.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";

test("a change is announced once for its changer, and not at all where the event that goes with it fails", async ({
  instance,
}) => {
  const { apiKeys } = instance.clients;
  const projectId = await newProject(instance.clients);
  const { id: apiKeyId } = await newApiKey(instance.clients, projectId);
  const { id } = await instance.db
    .selectFrom("altalune_project_api_keys")
    .select("id")
    .where("public_id", "=", apiKeyId)
    .executeTakeFirstOrThrow();
  const listener = new pg.Client(instance.databaseUrl);
  await listener.connect();
  try {
    const notices: Notice[] = [];
    listener.on("notification", ({ payload = "" }) => notices.push(decodeNotice(payload)));
    await listener.query(`listen ${noticeChannel}`);
    const announced = async (change: Promise<unknown>) => {
      await change;
      // What was committed before this is answered is sent before its answer.
      await listener.query("select");
      return notices.splice(0).filter(({ subject }) => subject?.kind === "api_key" && subject.id === id);
    };
    // A trigger of the table announces what was changed, too, but waits for nobody.
    const awaited = async (change: Promise<unknown>) =>
      (await announced(change)).filter(({ changer }) => changer !== "").length;
    const revocation = { projectId, apiKeyId, reason: RevocationReason.KEY_COMPROMISED };
    expect(await awaited(apiKeys.deactivateApiKey({ projectId, apiKeyId }))).toBe(1);
    expect(await awaited(apiKeys.revokeApiKey(revocation))).toBe(1);
    expect(await awaited(apiKeys.revokeApiKey(revocation))).toBe(1);

    const run = (last: Statement) =>
      instance.services.propagation.run(async () => ({ result: undefined, touched: { kind: "api_key", id }, last }));
    expect(await announced(expect(run(sql`select 1 / 0`)).rejects.toThrow("division by zero"))).toHaveLength(0);
    expect(await announced(run(sql`select`))).toHaveLength(1);
  } finally {
    await listener.end();
  }
});
