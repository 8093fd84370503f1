import { expect } from "vitest";
import type { TestInstance } from "../../support/instance.js";
import type { Protocol } from "../secrecy/protocols.js";
import { type WireAnswer, wholeText } from "../secrecy/wire.js";

/** Codes that say that the server, not the caller, is at fault. */
const faults = ["internal", "unknown", "data_loss"];

/** Unimplemented, and unavailable. */
const allowedServerErrors = [501, 503];

/** Holds an answer to what no request may bring about. */
export function expectNoFault(protocol: Protocol, answer: WireAnswer): void {
  const code = protocol.codeOf(answer);
  if (faults.includes(code ?? "") || (answer.status >= 500 && !allowedServerErrors.includes(answer.status))) {
    throw new Error(`the server takes the fault on itself: ${code}, ${wholeText(answer).slice(0, 500)}`);
  }
}

/** Watches for what would end a process that runs without a test around it. */
export function watchForCrashes(): { readonly crashes: readonly unknown[]; stop(): void } {
  const crashes: unknown[] = [];
  const note = (reason: unknown): void => void crashes.push(reason);
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
  return {
    crashes,
    stop: () => void process.off("unhandledRejection", note).off("uncaughtException", note),
  };
}

/** After all that: it answers, its trails hold, nothing went wrong unseen, and JavaScript is as it was. */
export async function expectUnharmed({ clients, db, logLines }: TestInstance): Promise<void> {
  expect((await clients.projects.queryProjects({})).data.length).toBeGreaterThan(0);
  expect((await clients.audit.verifyAuditTrail({})).intact).toBe(true);
  for (const { public_id: projectId } of await db
    .selectFrom("altalune_projects")
    .select("public_id")
    .where("id", "<>", 0n)
    .execute()) {
    expect((await clients.audit.verifyAuditTrail({ projectId })).intact, `the trail of ${projectId}`).toBe(true);
  }
  expect(logLines.filter((line) => /"level":"(error|fatal)"/.test(line)).slice(0, 3)).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
}
