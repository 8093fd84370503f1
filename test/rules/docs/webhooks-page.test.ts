import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";
import { eventTypes, testEventType } from "../../../src/domain/event/model.js";
import { bash } from "../../support/bash.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { markedBlocks } from "../../support/readme.js";

const page = "docs/webhooks.md";

test("the shell of docs/webhooks.md adds an endpoint, and its receiver takes an event and refuses what is not signed", async () => {
  const altalune = await startTestInstance({ env: { ALTALUNE_WEBHOOK_ALLOW: "loopback" } });
  // Where the package is found that the page says to install.
  await mkdir("node_modules/.cache", { recursive: true });
  const folder = await mkdtemp("node_modules/.cache/webhooks-page-");
  const port = await freePort();
  try {
    const projectId = await newProject(altalune.clients);
    const [shell = ""] = markedBlocks(page, "webhooks");
    const url = `http://127.0.0.1:${port}/altalune`;
    const [printed = ""] = await bash([shell.replace("https://app.example.com/altalune", url)], {
      ALTALUNE: altalune.url,
      ROOT_KEY: altalune.rootKey,
      PROJECT_ID: projectId,
    });
    const { webhook, secret } = JSON.parse(printed);
    expect(webhook).toMatchObject({ url, eventTypes: ["api_key.revoked", "api_key.expiring"], enabled: true });

    const [receiver = ""] = markedBlocks(page, "webhooks-receiver");
    await writeFile(`${folder}/receiver.mjs`, receiver);
    const child = spawn(process.execPath, [`${folder}/receiver.mjs`], {
      env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await expect
        .poll(
          () =>
            fetch(url).then(
              ({ status }) => status,
              () => 0,
            ),
          { timeout: 10_000 },
        )
        .toBe(400);
      const lines = createInterface({ input: child.stdout });
      const { delivery } = await altalune.clients.webhooks.sendTestEvent({ projectId, webhookId: webhook.id });
      const [line] = await once(lines, "line");
      expect(line).toContain(`${delivery?.eventId} ${testEventType}`);
    } finally {
      child.kill();
      await once(child, "exit");
    }
  } finally {
    await rm(folder, { recursive: true });
    await altalune.stop();
  }
});

test("docs/webhooks.md names every event", async () => {
  const text = await readFile(page, "utf8");
  for (const type of eventTypes) {
    const [subject = "", verb = ""] = type.split(".");
    expect(
      text.includes(`\`${type}\``) || (text.includes(`\`${subject}.`) && text.includes(`\`.${verb}\``)),
      type,
    ).toBe(true);
  }
});
