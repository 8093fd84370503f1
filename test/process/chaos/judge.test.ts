import { expect, test } from "vitest";
import type { Creation, Told } from "./creation.js";
import { Holder } from "./holder.js";
import { wrongIn } from "./judge.js";
import type { LedgerKey } from "./ledger.js";
import { unknownTier } from "./projects.js";

const holder = new Holder({ id: "project", maxKeysPerOwner: 2, allowNeverExpires: false }, "alice");
const made: Told = { kind: "made", key: {} as LedgerKey };
const nothing: Told = { kind: "nothing" };

function refused(reason: string): Told {
  return { kind: "refused", reason };
}

function creation(
  name: string,
  told: Told,
  more: Partial<Creation["ask"] & Pick<Creation, "tookEffect">> = {},
): Creation {
  const { tookEffect = false, ...wanted } = more;
  const ask = { name, tier: "", expiration: "2030", withSigningSecret: false, requestId: "", ...wanted };
  return { ask, told, tookEffect };
}

const taken = refused("API_KEY_NAME_TAKEN");
const full = refused("API_KEY_LIMIT_REACHED");

test.for<[string, readonly string[], readonly Creation[]]>([
  ["a key of a free name", [], [creation("a", made)]],
  ["one of two of the same name", [], [creation("a", made), creation("a", taken)]],
  ["a name that the owner had", ["a"], [creation("a", taken)]],
  ["as many as there was room for", ["a"], [creation("b", full), creation("c", made)]],
  ["room that one without an answer took", ["a"], [creation("b", full), creation("c", nothing, { tookEffect: true })]],
  ["nothing for one that came to nothing", ["a", "b"], [creation("c", nothing)]],
  [
    "an unknown tier, and no room lost by it",
    ["a"],
    [creation("b", refused("TIER_NOT_FOUND"), { tier: unknownTier }), creation("c", made)],
  ],
])("what the product may tell is found right: %s", ([, namesBefore, creations]) => {
  expect(wrongIn({ holder, namesBefore, creations })).toEqual([]);
});

test.for<[string, readonly string[], readonly Creation[]]>([
  ["two keys of one name", [], [creation("a", made), creation("a", made)]],
  ["a name that the owner had, made again", ["a"], [creation("a", made)]],
  ["more than the cap", ["a"], [creation("b", made), creation("c", made)]],
  [
    "more than the cap, one of them without an answer",
    ["a"],
    [creation("b", made), creation("c", nothing, { tookEffect: true })],
  ],
  ["a name that was free", [], [creation("a", taken)]],
  ["a name that one took who came to nothing", [], [creation("a", taken), creation("a", nothing)]],
  ["no room, though there was", [], [creation("a", full), creation("b", made)]],
  ["the denial of another", ["a"], [creation("a", refused("TIER_NOT_FOUND"))]],
  ["a key of an unknown tier", [], [creation("a", made, { tier: unknownTier })]],
  ["a key for good, where none is allowed", [], [creation("a", nothing, { expiration: undefined, tookEffect: true })]],
  ["a fault of the service", [], [creation("a", refused("internal: internal error"))]],
])("what the product may not tell is found wrong: %s", ([, namesBefore, creations]) => {
  expect(wrongIn({ holder, namesBefore, creations })).toHaveLength(1);
});
