import { needTool } from "../../support/tools.js";
import { guardBy, test } from "./guarded-api.js";
import { haproxy } from "./programs.js";
import { expectUnavailable } from "./verdicts.js";

test("behind HAProxy nobody gets through where the script fails, either", async ({ skip, api }) => {
  const broken = haproxy((text) =>
    text.replace("local sent = txn.http:req_get_headers()", "local sent = txn.nothing:at_all()"),
  );
  await using guarded = await guardBy(needTool(skip, "haproxy"), broken, api);
  await expectUnavailable(guarded);
});
