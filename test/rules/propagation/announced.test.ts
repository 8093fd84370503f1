import pg from "pg";
import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { decodeNotice, type Notice, noticeChannel } from "../../../src/domain/propagation/messages.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";

test("a change of a key is announced once for its changer, whatever statement the announcement goes with", async ({
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
      const ofChanger = notices.splice(0).filter(({ changer }) => changer !== "");
      return ofChanger.filter(({ subject }) => subject?.kind === "api_key" && subject.id === id).length;
    };
    const revocation = { projectId, apiKeyId, reason: RevocationReason.KEY_COMPROMISED };
    expect(await announced(apiKeys.deactivateApiKey({ projectId, apiKeyId }))).toBe(1);
    expect(await announced(apiKeys.revokeApiKey(revocation))).toBe(1);
    expect(await announced(apiKeys.revokeApiKey(revocation))).toBe(1);
  } finally {
    await listener.end();
  }
});
