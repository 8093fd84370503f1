import { claimSetting } from "../../platform/postgres/settings.js";
import type { RootKeyStore } from "./interface.js";

export const rootKeyRepo: RootKeyStore = {
  async claimFirst(db) {
    return claimSetting(db, "first_root_key", Buffer.from("made"));
  },
};
