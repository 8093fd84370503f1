import { expect } from "vitest";
import { ask, type Target } from "../../rules/sdk/ask.js";
import type { GuardedProject } from "../../rules/sdk/guarded-project.js";
import { rows } from "../../rules/sdk/verdicts.js";

/** What an example serves: who reads orders, and who writes them. */
export interface Served {
  readonly reading: Target;
  readonly writing: Target;
}

export function ordersAt(url: string): Served {
  return { reading: { url: `${url}/orders` }, writing: { url: `${url}/orders`, message: {} } };
}

/** Holds a running example to the table of verdicts, all of it or these rows. */
export async function expectGuarded({ reading, writing }: Served, keys: GuardedProject, held = rows): Promise<void> {
  for (const { what, headers, path, status, code, challenge } of held) {
    const answer = await ask(path === "writing" ? writing : reading, headers(keys));
    if (status === 200) {
      expect(answer.status, what).toBe(path === "writing" ? 201 : 200);
    } else {
      const told = [answer.status, answer.headers["x-altalune-code"], answer.headers["www-authenticate"]];
      expect(told, what).toEqual([status, code, challenge?.replace("<project>", keys.projectId)]);
    }
  }
  const { body } = await ask(reading, ["X-API-Key", keys.good]);
  expect(JSON.parse(body)).toEqual({ owner: "user_1" });
}

/** What a guard of the example's own answers, which knows statuses alone, and Authorization with one scheme. */
export async function expectStatuses({ reading, writing }: Served, keys: GuardedProject): Promise<void> {
  for (const { what, headers, path, status } of rows.filter((row) => row.schemes === undefined)) {
    const answer = await ask(path === "writing" ? writing : reading, headers(keys));
    expect(answer.status, what).toBe(status === 200 && path === "writing" ? 201 : status);
  }
  const { body } = await ask(reading, ["X-API-Key", keys.good]);
  expect(JSON.parse(body)).toEqual({ owner: "user_1" });
}
