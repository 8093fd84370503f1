import type { Random } from "../../support/random.js";
import type { CallRpc } from "./connect-json.js";
import { inconsistencies } from "./consistency.js";
import { withEmbedded } from "./database.js";
import { type Expectation, expectationsOf, type Ledger, type LedgerKey, settle } from "./ledger.js";
import { oldSessionsEnded } from "./old-sessions.js";
import { settleCreations } from "./settle-creations.js";
import { strangerIn } from "./verifies-as.js";

/** A service that has just come back, and what is known of its keys. */
export interface Restarted {
  readonly call: CallRpc;
  /** When its process was started. */
  readonly since: Date;
  readonly dataDir: string;
  readonly ledger: Ledger;
  readonly random: Random;
}

type Note = (sentence: string) => void;

/** How many of the keys of earlier rounds are looked at again in each. */
const sampled = 50;
const concurrency = 32;

/** Checks what the last round made and changed, and some of what came before. */
export async function checkSince(known: number, restarted: Restarted, note: Note): Promise<void> {
  const { call, dataDir, ledger, random, since } = restarted;
  await withEmbedded(dataDir, async (client) => {
    await oldSessionsEnded(client, since);
    await settleCreations(client, call, ledger, ledger.keys.slice(known), note);
  });
  const earlier = ledger.keys.slice(0, known);
  const older = Array.from({ length: sampled }, () => random.pick(earlier)).filter((key) => key !== undefined);
  const unanswered = earlier.filter((key) => key.unanswered !== undefined);
  const keys = new Set([...older, ...unanswered, ...ledger.keys.slice(known)]);
  await checkKeys([...keys], restarted, note);
  await checkWhole(restarted, note);
}

export async function checkEverything(restarted: Restarted, note: Note): Promise<void> {
  await checkKeys(restarted.ledger.keys, restarted, note);
  await checkWhole(restarted, note);
}

async function checkKeys(keys: readonly LedgerKey[], { call, ledger }: Restarted, note: Note): Promise<void> {
  const waiting = keys.flatMap(expectationsOf);
  const check = async ({ key, value, verdicts }: Expectation): Promise<void> => {
    const outcome = await call("VerificationService/VerifyApiKey", { key: value });
    const verdict = outcome.kind === "answered" ? String(outcome.answer["code"]) : JSON.stringify(outcome);
    ledger.verdicts += 1;
    if (!verdicts.includes(verdict.replace("VERIFICATION_CODE_", ""))) {
      note(`key ${key.id} (${key.state}, unanswered: ${key.unanswered}) is ${verdict}, not ${verdicts.join(" or ")}`);
    }
    const stranger = outcome.kind === "answered" ? strangerIn(outcome.answer, key) : undefined;
    if (stranger !== undefined) {
      note(`the value of key ${key.id} verifies as another's, by its ${stranger}: ${JSON.stringify(outcome)}`);
    }
    if (value === key.value) {
      settle(key, verdict.replace("VERIFICATION_CODE_", ""));
    }
  };
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await check(next);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function checkWhole({ call, dataDir, ledger }: Restarted, note: Note): Promise<void> {
  for (const projectId of ["", ...ledger.projects.map(({ id }) => id)]) {
    const outcome = await call("AuditService/VerifyAuditTrail", { projectId });
    if (outcome.kind !== "answered" || outcome.answer["intact"] !== true) {
      note(`the trail of ${projectId === "" ? "the instance" : projectId} is broken: ${JSON.stringify(outcome)}`);
    }
  }
  for (const sentence of await withEmbedded(dataDir, inconsistencies)) {
    note(sentence);
  }
}
