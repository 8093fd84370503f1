import { once } from "node:events";
import { cp, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { letRotate, waitingKeys } from "../../support/rotation.js";
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
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { webhook, secret } = await altalune.clients.webhooks.createWebhook({
    projectId,
    url,
    eventTypes: ["api_key.rotated", "api_key.unclaimed"],
  });
  const webhookId = webhook?.id ?? "";
  const file = join(folder, "key");
  const env = {
    ALTALUNE: altalune.url,
    ROOT_KEY: altalune.rootKey,
    PROJECT_ID: projectId,
    KEY_ID: key.id,
    KEY_FILE: file,
    WEBHOOK_SECRET: secret,
  };
  const start = () => running({ command: process.execPath, args: ["keep.js"], cwd: folder, env, port });
  const taken = async () => await readFile(file, "utf8").catch(() => "");
  const rotate = async () => {
    // By hand, which ends the grace: while one runs, the key is not rotated by itself.
    await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: key.id });
    await letRotate(altalune, key.id);
  };

  const first = await (async () => {
    await using _example = await start();
    await altalune.clients.webhooks.updateWebhook({ projectId, webhookId, enabled: false });
    await rotate();
    const body = JSON.stringify({ type: "api_key.unclaimed", data: { api_key_id: key.id } });
    const stranger = new Webhook(`whsec_${Buffer.alloc(24).toString("base64")}`);
    const now = new Date();
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": stranger.sign("msg_1", now, body),
    };
    expect((await fetch(url, { method: "POST", body, headers })).status).toBe(400);
    // Neither one that hangs up, nor one that goes on and on, ends it.
    const socket = connect(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\na", () => socket.destroy());
    await once(socket, "close");
    const endless = async function* () {
      for (;;) yield Buffer.alloc(65_536);
    };
    const stream = Readable.toWeb(Readable.from(endless()));
    const answer = fetch(url, { method: "POST", body: stream, duplex: "half" } as object);
    expect([400, "cut off"]).toContain(
      await answer.then(
        ({ status }) => status,
        () => "cut off",
      ),
    );
    expect([await taken(), await waitingKeys(altalune)]).toEqual(["", [key.id]]);
    await altalune.clients.webhooks.updateWebhook({ projectId, webhookId, enabled: true });
    await rotate();
    await expect.poll(taken).not.toBe("");
    return taken();
  })();
  expect(await codeOf(altalune.clients, first)).toBe(VALID);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  await rotate();
  await using _again = await start();
  await expect.poll(taken).not.toBe(first);
  expect(await codeOf(altalune.clients, await taken())).toBe(VALID);
});
