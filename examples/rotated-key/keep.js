import { rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { AltaluneError, createAltalune } from "@altalune/sdk";
import { Webhook } from "standardwebhooks";

const { ALTALUNE, ROOT_KEY, PROJECT_ID, KEY_ID, KEY_FILE = "key", WEBHOOK_SECRET, PORT = 3000 } = process.env;
const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY, timeoutMs: 10_000 });
const webhook = new Webhook(WEBHOOK_SECRET);

/** Claims the value that waits, if one does, and puts it where the client reads it: whole, or not at all. */
async function takeNewValue() {
  try {
    const { keyValue } = await altalune.apiKeys.claimRotatedKey({ projectId: PROJECT_ID, apiKeyId: KEY_ID });
    await writeFile(`${KEY_FILE}.new`, keyValue, { mode: 0o600 });
    await rename(`${KEY_FILE}.new`, KEY_FILE);
    console.log("a new value was taken");
  } catch (error) {
    if (!(error instanceof AltaluneError && error.reason === "ROTATED_KEY_NOT_FOUND")) {
      throw error;
    }
    // Mostly it was taken and used before: events may come twice, and late.
    console.warn("no new value waits");
  }
}

/** One after the other: all write the same file. */
let turn = Promise.resolve();
function takeInTurn() {
  const taken = turn.then(takeNewValue);
  turn = taken.catch(() => {});
  return taken;
}

/** Anybody can send anything: what is longer than any event is not read to its end. */
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > 1_000_000) throw new Error("too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const server = createServer(async (request, response) => {
  let event;
  try {
    event = webhook.verify(await bodyOf(request), request.headers); // throws for what Altalune did not sign
  } catch {
    response.writeHead(400).end();
    return;
  }
  const { api_key_id: keyId, detail } = event.data;
  try {
    if (keyId === KEY_ID && (event.type === "api_key.unclaimed" || detail.waits_to_be_claimed)) {
      await takeInTurn();
    }
    response.writeHead(204).end();
  } catch (error) {
    // While the grace runs it can be claimed again, when this event comes again.
    console.error(`the new value could not be taken: ${error.message}`);
    response.writeHead(500).end();
  }
});

// It may have been rotated while nobody listened.
await takeInTurn();
server.listen(PORT);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => server.close());
}
