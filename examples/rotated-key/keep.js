import { rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { AltaluneError, createAltalune } from "@altalune/sdk";
import { Webhook } from "standardwebhooks";

const { ALTALUNE, ROOT_KEY, PROJECT_ID, KEY_ID, KEY_FILE = "key", WEBHOOK_SECRET, PORT = 3000 } = process.env;
const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY });
const webhook = new Webhook(WEBHOOK_SECRET);

/** Claims the value that waits, if one does, and puts it where the client reads it: whole, or not at all. */
async function takeNewValue() {
  const { keyValue } = await altalune.apiKeys.claimRotatedKey({ projectId: PROJECT_ID, apiKeyId: KEY_ID });
  await writeFile(`${KEY_FILE}.new`, keyValue, { mode: 0o600 });
  await rename(`${KEY_FILE}.new`, KEY_FILE);
}

/** Until the value is stored it can be claimed again: whatever fails is tried again with the next attempt to tell us. */
async function statusOf(event) {
  const waits = event.type === "api_key.unclaimed" || event.data.detail?.waits_to_be_claimed === true;
  if (event.data.api_key_id !== KEY_ID || !waits) {
    return 204;
  }
  try {
    await takeNewValue();
    return 204;
  } catch (error) {
    // Events may come twice, and late: then the value was claimed and used before.
    if (error instanceof AltaluneError && error.reason === "ROTATED_KEY_NOT_FOUND") {
      return 204;
    }
    console.error(`the new value could not be taken: ${error.message}`);
    return 500;
  }
}

createServer(async (request, response) => {
  const body = await text(request);
  let event;
  try {
    event = webhook.verify(body, request.headers); // throws for what Altalune did not sign
  } catch {
    response.writeHead(400).end();
    return;
  }
  response.writeHead(await statusOf(event)).end();
}).listen(PORT);

// It may have been rotated while nobody listened.
await statusOf({ type: "api_key.unclaimed", data: { api_key_id: KEY_ID } });
