import { cp, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { letRotate } from "../../support/rotation.js";
import { codeOf } from "../../support/verdict.js";
import { freshProject, packSdk } from "./packed.js";
import { running } from "./running.js";

const { VALID } = VerificationCode;

let altalune: TestInstance;
let folder: string;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_WEBHOOK_ALLOW: "loopback" } });
  const tarball = await packSdk();
  const { dependencies } = JSON.parse(await readFile("examples/rotated-key/package.json", "utf8"));
  folder = await freshProject(tarball, `standardwebhooks@${dependencies.standardwebhooks}`);
  await rm(dirname(tarball), { recursive: true });
  await cp("examples/rotated-key", folder, { recursive: true });
});
afterAll(async () => {
  await altalune.stop();
  await rm(folder, { recursive: true });
});

test("the example takes the new value of a key, as it is told of it or when it starts, and no word of a stranger", async () => {
  const projectId = await newProject(altalune.clients);
  const key = await newApiKey(altalune.clients, projectId, {
    expiration: fromNow(90 * dayMs),
    rotationPolicy: { every: durationFromMs(dayMs), grace: durationFromMs(dayMs / 24) },
  });
  // It leads elsewhere until the example has a port.
  const { webhook, secret } = await altalune.clients.webhooks.createWebhook({
    projectId,
    url: "http://127.0.0.1:1",
    eventTypes: ["api_key.rotated", "api_key.unclaimed"],
  });
  const file = join(folder, "key");
  const env = {
    ALTALUNE: altalune.url,
    ROOT_KEY: altalune.rootKey,
    PROJECT_ID: projectId,
    KEY_ID: key.id,
    KEY_FILE: file,
    WEBHOOK_SECRET: secret,
  };
  const start = () => running({ command: process.execPath, args: ["keep.js"], cwd: folder, env });
  const taken = async () => await readFile(file, "utf8").catch(() => "");
  const first = await (async () => {
    await using example = await start();
    await letRotate(altalune, key.id);
    const body = JSON.stringify({ type: "api_key.unclaimed", data: { api_key_id: key.id } });
    const forged = await fetch(example.url, { method: "POST", body, headers: { "webhook-id": "msg_1" } });
    expect([forged.status, await taken()]).toEqual([400, ""]);
    await altalune.clients.webhooks.updateWebhook({ projectId, webhookId: webhook?.id ?? "", url: example.url });
    await expect.poll(taken).not.toBe("");
    return taken();
  })();
  expect(first).not.toBe(key.value);
  expect([await codeOf(altalune.clients, key.value), await codeOf(altalune.clients, first)]).toEqual([VALID, VALID]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  // By hand, which ends the grace: while one runs, the key is not rotated by itself.
  await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: key.id });
  await letRotate(altalune, key.id);
  await using _again = await start();
  await expect.poll(taken).not.toBe(first);
  expect(await codeOf(altalune.clients, await taken())).toBe(VALID);
});
