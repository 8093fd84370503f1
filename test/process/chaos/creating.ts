import type { Random } from "../../support/random.js";
import type { CallRpc } from "./connect-json.js";
import { type Ask, type Creation, requestOf, toldBy, type Volley } from "./creation.js";
import { Holder } from "./holder.js";
import { wrongIn } from "./judge.js";
import type { Ledger } from "./ledger.js";
import { knownTier, unknownTier } from "./projects.js";
import { verifiesAs } from "./verifies-as.js";

const dayMs = 86_400_000;

/** A caller, and the holders that nobody else makes keys for meanwhile. */
export interface Creator {
  readonly call: CallRpc;
  readonly ledger: Ledger;
  readonly random: Random;
  /** An owner with a cap. */
  readonly capped: Holder;
  readonly uncapped: readonly Holder[];
}

/** How often each is asked for. Most must be admitted; what must not, is decided in the transaction that creations share. */
const kinds = { new: 8, capped: 3, taken: 3, tier: 1, never: 1, volley: 1 };

/** Asks for a key, or several at once. @returns whether the caller goes on */
export async function create(creator: Creator): Promise<boolean> {
  const { random, capped, uncapped } = creator;
  const anywhere = [capped, ...uncapped];
  const kind = random.weighted(kinds);
  switch (kind) {
    case "new":
      return send(creator, random.pick(uncapped) ?? capped, [ask(random)]);
    case "capped":
      return send(creator, capped, [ask(random)]);
    case "taken": {
      const holder = random.pick(anywhere.filter(({ live }) => live.length > 0)) ?? capped;
      const name = random.pick(holder.live)?.name;
      return send(creator, holder, [ask(random, name === undefined ? {} : { name })]);
    }
    case "tier":
      return send(creator, random.pick(anywhere) ?? capped, [ask(random, { tier: unknownTier })]);
    case "never":
      // With a name of the request: only then is it refused in the transaction, and not before.
      return send(creator, random.pick(anywhere) ?? capped, [
        ask(random, { expiration: undefined, requestId: crypto.randomUUID() }),
      ]);
    case "volley":
      return send(creator, new Holder(capped.project, `owner-${crypto.randomUUID()}`), contenders(random));
    default: {
      const unreachable: never = kind;
      return unreachable;
    }
  }
}

function ask(random: Random, wanted: Partial<Ask> = {}): Ask {
  return {
    name: `key ${crypto.randomUUID()}`,
    tier: random.pick(["", "", knownTier]) ?? "",
    expiration: new Date(Date.now() + dayMs).toISOString(),
    withSigningSecret: random.between(0, 1) === 1,
    requestId: random.between(0, 3) === 0 ? crypto.randomUUID() : "",
    ...wanted,
  };
}

/** More than an owner may have, and some of the same name, so that which are refused is up to their order. */
function contenders(random: Random): readonly Ask[] {
  const names = Array.from({ length: random.between(2, 6) }, () => `key ${crypto.randomUUID()}`);
  return Array.from({ length: random.between(3, 8) }, () => {
    const name = random.pick(names) ?? "";
    return ask(random, random.between(0, 7) === 0 ? { name, tier: unknownTier } : { name });
  });
}

async function send({ call, ledger, random }: Creator, holder: Holder, asks: readonly Ask[]): Promise<boolean> {
  const note = (sentence: string): void => void ledger.oddities.push(sentence);
  const namesBefore = holder.live.map(({ name }) => name);
  const creations = await Promise.all(
    asks.map(async (one): Promise<Creation> => {
      const outcome = await call("ApiKeyService/CreateApiKey", requestOf(holder, one));
      return { ask: one, told: toldBy(outcome, holder, one, note) };
    }),
  );
  const volley: Volley = { holder, namesBefore, creations };
  for (const { told } of creations) {
    switch (told.kind) {
      case "made":
        holder.keys.push(told.key);
        ledger.keys.push(told.key);
        ledger.acknowledged.create += 1;
        break;
      case "refused":
        ledger.refused.set(told.reason, (ledger.refused.get(told.reason) ?? 0) + 1);
        break;
      case "nothing":
        ledger.unanswered.creations += 1;
        break;
    }
  }
  if (creations.some(({ told }) => told.kind === "nothing")) {
    ledger.unsettled.push(volley);
    return false;
  }
  for (const sentence of wrongIn(volley)) {
    note(sentence);
  }
  const made = random.pick(creations.map(({ told }) => told));
  return made?.kind === "made" && random.between(0, 9) === 0 ? verifiesAs(call, made.key, note) : true;
}
