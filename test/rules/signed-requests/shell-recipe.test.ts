import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";
import { messageOf, newSigningKey, verdictOn } from "./signed.js";

const page = readFileSync(new URL("../../../docs/signed-requests.md", import.meta.url), "utf8");
const recipe = /```sh\n(body=[^`]*)```/.exec(page)?.[1] ?? "";

test("the shell recipe of docs/signed-requests.md makes a request that verifies", async ({ skip }) => {
  needTool(skip, "openssl");
  needTool(skip, "base64");
  await using altalune = await startTestInstance();
  const { projectId, apiKeyId, signingSecret } = await newSigningKey(altalune.clients);
  const script = `${recipe}
    printf '%s\\n' "$timestamp_ms" "$nonce" "$signature" "$(printf %s "$body" | openssl dgst -sha256 -binary | base64)"`;
  const printed = execFileSync("sh", ["-ec", script], {
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      API_KEY_ID: apiKeyId,
      PROJECT_ID: projectId,
      ALTALUNE_SIGNING_SECRET: signingSecret,
    },
  });
  const [timestampMs, nonce = "", signature = "", bodySha256 = ""] = printed.split("\n");
  const request = messageOf({
    projectId,
    apiKeyId,
    timestamp: new Date(Number(timestampMs)).toISOString(),
    nonce,
    method: "POST",
    path: "/v1/orders?dry_run=1",
    bodySha256,
    signature,
  });
  expect(await verdictOn(altalune, request)).toBe("VALID");
});
