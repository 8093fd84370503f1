import { sql } from "kysely";
import type { Executor } from "../../platform/postgres/database.js";
import type { MasterKeyStore } from "./interface.js";
import { trailKeyPlace } from "./shared-secrets.js";

export const masterKeyRepo: MasterKeyStore = {
  async lockOthers(db, masterKeyId, limit) {
    const rows = await db
      .selectFrom("altalune_project_api_keys as key")
      .innerJoin("altalune_projects as project", "project.id", "key.project_id")
      .select([
        "key.project_id",
        "key.id",
        "project.public_id as project_public_id",
        "key.public_id",
        "key.signing_secret",
        "key.previous_signing_secret",
      ])
      .where((eb) =>
        eb.or([isOther("key.signing_secret", masterKeyId), isOther("key.previous_signing_secret", masterKeyId)]),
      )
      .orderBy("key.project_id")
      .orderBy("key.id")
      .limit(limit)
      .forUpdate("key")
      .execute();
    return rows.map((row) => ({
      projectId: row.project_id,
      apiKeyId: row.id,
      projectPublicId: row.project_public_id,
      apiKeyPublicId: row.public_id,
      signingSecret: row.signing_secret ?? undefined,
      previousSigningSecret: row.previous_signing_secret ?? undefined,
    }));
  },

  async replace(db, { projectId, apiKeyId, signingSecret, previousSigningSecret }) {
    await db
      .updateTable("altalune_project_api_keys")
      .set({ signing_secret: signingSecret ?? null, previous_signing_secret: previousSigningSecret ?? null })
      .where("project_id", "=", projectId)
      .where("id", "=", apiKeyId)
      .execute();
  },

  async lockOtherValues(db, masterKeyId, limit) {
    const rows = await db
      .selectFrom("altalune_waiting_values as waiting")
      .innerJoin("altalune_project_api_keys as key", (join) =>
        join.onRef("key.project_id", "=", "waiting.project_id").onRef("key.id", "=", "waiting.api_key_id"),
      )
      .innerJoin("altalune_projects as project", "project.id", "waiting.project_id")
      .select([
        "waiting.project_id",
        "waiting.api_key_id",
        "project.public_id as project_public_id",
        "key.public_id",
        "waiting.sealed",
      ])
      .where(isOther("waiting.sealed", masterKeyId))
      .orderBy("waiting.project_id")
      .orderBy("waiting.api_key_id")
      .limit(limit)
      .forUpdate("waiting")
      .execute();
    return rows.map((row) => ({
      projectId: row.project_id,
      apiKeyId: row.api_key_id,
      projectPublicId: row.project_public_id,
      apiKeyPublicId: row.public_id,
      sealed: row.sealed,
    }));
  },

  async replaceValue(db, { projectId, apiKeyId, sealed }) {
    await db
      .updateTable("altalune_waiting_values")
      .set({ sealed })
      .where("project_id", "=", projectId)
      .where("api_key_id", "=", apiKeyId)
      .execute();
  },

  async lockTrailKey(db) {
    const row = await db
      .selectFrom("altalune_settings")
      .select("value")
      .where("name", "=", trailKeyPlace)
      .forUpdate()
      .executeTakeFirstOrThrow();
    return row.value;
  },

  async replaceTrailKey(db, ciphertext) {
    await setSetting(db, trailKeyPlace, ciphertext);
  },

  async setMasterKeyId(db, masterKeyId) {
    await setSetting(db, "master_key_id", masterKeyId);
  },
};

/** A ciphertext begins with the id of its master key. No index: this is run once in a long while. */
function isOther(column: string, masterKeyId: Buffer) {
  return sql<boolean>`substring(${sql.ref(column)} from 1 for ${sql.lit(masterKeyId.length)}) <> ${masterKeyId}`;
}

async function setSetting(db: Executor, name: string, value: Buffer): Promise<void> {
  await db.updateTable("altalune_settings").set({ value }).where("name", "=", name).execute();
}
