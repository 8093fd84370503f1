import type pg from "pg";
import type { CallRpc } from "./connect-json.js";
import { type Creation, requestOf, type Volley } from "./creation.js";
import { wrongIn } from "./judge.js";
import type { Ledger, LedgerKey } from "./ledger.js";

type Note = (sentence: string) => void;

interface CreationEvent {
  readonly projectId: string;
  readonly keyId: string;
  readonly name: string;
  readonly ownerId: string;
  /** Empty: none. */
  readonly tier: string;
}

/**
 * Compares the creations in the trails since the last time with what callers were told, and judges those that the last kill left
 * without an answer, once it is known whether they took effect.
 *
 * @param fresh the keys that were acknowledged since
 */
export async function settleCreations(
  client: pg.Client,
  call: CallRpc,
  ledger: Ledger,
  fresh: readonly LedgerKey[],
  note: Note,
): Promise<void> {
  const acknowledged = new Map(fresh.map((key) => [key.id, key]));
  const volleys = ledger.unsettled.splice(0);
  for (const event of await newEvents(client, ledger)) {
    const key = acknowledged.get(event.keyId);
    if (key === undefined) {
      const volley = volleys.find(({ holder, creations }) => holds(event, holder) && creations.some(explains(event)));
      const creation = volley?.creations.find(explains(event));
      if (volley === undefined || creation === undefined) {
        note(`key ${event.keyId} was made, and nobody was told or waits for an answer: ${JSON.stringify(event)}`);
        continue;
      }
      creation.tookEffect = true;
      ledger.unanswered.tookEffect += 1;
      await takeOver(event.keyId, volley, creation, call, ledger, note);
    } else if (key.name !== event.name || key.ownerId !== event.ownerId || key.projectId !== event.projectId) {
      note(`the event of key ${key.id} is of ${JSON.stringify(event)}, not of ${key.name} of ${key.ownerId}`);
    }
    acknowledged.delete(event.keyId);
  }
  for (const { id } of acknowledged.values()) {
    note(`key ${id} was acknowledged, and its trail does not know of it`);
  }
  for (const sentence of volleys.flatMap(wrongIn)) {
    note(sentence);
  }
}

async function newEvents(client: pg.Client, ledger: Ledger): Promise<readonly CreationEvent[]> {
  const found: CreationEvent[] = [];
  for (const { id } of ledger.projects) {
    const { rows } = await client.query<Omit<CreationEvent, "projectId"> & { sequence: string }>(
      `select resource_id as "keyId", detail->>'name' as name, detail->>'owner_id' as "ownerId",
         coalesce(detail->>'tier', '') as tier, sequence
       from altalune_audit_events
       where project_id = (select id from altalune_projects where public_id = $1)
         and action = 'api_key.created' and sequence > $2
       order by sequence`,
      [id, ledger.seen.get(id) ?? "0"],
    );
    found.push(...rows.map(({ keyId, name, ownerId, tier }) => ({ projectId: id, keyId, name, ownerId, tier })));
    ledger.seen.set(id, rows.at(-1)?.sequence ?? ledger.seen.get(id) ?? "0");
  }
  return found;
}

function holds({ projectId, ownerId }: CreationEvent, holder: Volley["holder"]): boolean {
  return holder.project.id === projectId && holder.ownerId === ownerId;
}

/** Each explains one key. Of several for one name, of which one may be for a tier that there is not, the one whose tier it has. */
function explains({ name, tier }: CreationEvent): (creation: Creation) => boolean {
  return ({ ask, told, tookEffect }) =>
    told.kind === "nothing" && tookEffect !== true && ask.name === name && ask.tier === tier;
}

/** Nobody was told the value of the key, but the key is whole: with a new value its holder goes on with it. */
async function takeOver(
  id: string,
  { holder }: Volley,
  { ask }: Creation,
  call: CallRpc,
  ledger: Ledger,
  note: Note,
): Promise<void> {
  if (ask.requestId !== "") {
    const again = await call("ApiKeyService/CreateApiKey", requestOf(holder, ask));
    const shown = again.kind === "answered" ? (again.answer["apiKey"] as { id: string }).id : undefined;
    if (again.kind !== "answered" || shown !== id || (again.answer["keyValue"] ?? "") !== "") {
      note(`the request that made key ${id} was sent again and answered with ${again.kind} ${shown}`);
    }
  }
  const rotated = await call("ApiKeyService/RotateApiKey", { projectId: holder.project.id, apiKeyId: id });
  if (rotated.kind !== "answered") {
    note(`key ${id}, whose creation was not answered, cannot be rotated: ${JSON.stringify(rotated)}`);
    return;
  }
  const key: LedgerKey = {
    projectId: holder.project.id,
    id,
    name: ask.name,
    ownerId: holder.ownerId,
    tier: ask.tier,
    value: String(rotated.answer["keyValue"]),
    state: "live",
  };
  holder.keys.push(key);
  ledger.keys.push(key);
}
