import { sql } from "kysely";
import { claimSetting } from "../../platform/postgres/settings.js";
import { builtInProjectId } from "../project/model.js";
import type { RootKeyStore } from "./interface.js";

export const rootKeyRepo: RootKeyStore = {
  async claimFirst(db) {
    return claimSetting(db, "first_root_key", Buffer.from("made"));
  },

  async secondsToNextEnd(db) {
    // Root keys are few: in the built-in project's partition.
    const { rows } = await sql<{ seconds: number | null }>`
      select extract(epoch from min(expires_at) - altalune_now())::float8 as seconds
      from altalune_project_api_keys
      where project_id = ${builtInProjectId} and active and revoked_at is null
        and expires_at > altalune_now() and expires_at < 'infinity'
    `.execute(db);
    return rows[0]?.seconds ?? undefined;
  },
};
