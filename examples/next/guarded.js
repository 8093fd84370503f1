import { createAltalune } from "@altalune/sdk";
import { guard } from "@altalune/sdk/next";

const { ALTALUNE, ROOT_KEY, PROJECT_ID } = process.env;

/** Put before every handler that needs a key. */
export const guarded = guard({
  altalune: createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY }),
  projectId: PROJECT_ID,
});
