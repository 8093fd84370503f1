import { sql } from "kysely";
import type { Executor } from "../../platform/postgres/database.js";
import type { MasterKeyStore } from "./interface.js";
import { trailKeyPlace } from "./shared-secrets.js";

export const masterKeyRepo: MasterKeyStore = {
  async lockOthers(db, masterKeyId, limit) {
    // A ciphertext begins with the id of its master key. No index: this is run once in a long while.
    const isOther = (column: string) =>
      sql<boolean>`substring(${sql.ref(column)} from 1 for ${sql.lit(masterKeyId.length)}) <> ${masterKeyId}`;
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
      .where((eb) => eb.or([isOther("key.signing_secret"), isOther("key.previous_signing_secret")]))
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

async function setSetting(db: Executor, name: string, value: Buffer): Promise<void> {
  await db.updateTable("altalune_settings").set({ value }).where("name", "=", name).execute();
}
