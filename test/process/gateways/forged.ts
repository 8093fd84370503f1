import { expect } from "vitest";
import type { Header } from "../../rules/forward_auth/ask.js";
import type { Guarded } from "./guarded-api.js";

const identityNames = ["Owner-Id", "Key-Id", "Project-Id", "Scopes", "Tier", "Key-Name"];

/** What a client makes up to be somebody else, or to be let in. */
export const forged: readonly Header[] = [
  ...identityNames.flatMap((name): readonly Header[] => [
    [`X-Altalune-${name}`, "admin"],
    [`x-altalune-${name.toLowerCase()}`, "admin"],
    [`X_Altalune_${name.replace("-", "_")}`, "admin"],
    [`X-Altalune_${name}`, "admin"],
    [`X_altalune-${name}`, "admin"],
    [`X-ALTALUNE-${name.replace("-", "_")}`, "admin"],
  ]),
  ["X-Altalune-Root-Key", "admin"],
  ["X-Altalune-Require-Cost", "0"],
  ["X-Altalune-Require-Scopes", "admin"],
  ["X-Altalune-Status", "200"],
];

export async function expectForgedToBeGone({ api: { keys, upstream }, call }: Guarded): Promise<void> {
  for (const key of ["VALID", "nobody's"]) {
    expect((await call(keys[key], forged)).status).toBe(200);
    const [received] = upstream.received();
    expect(identityIn(received?.rawHeaders ?? [])).not.toContain("admin");
    expect(received?.headers["x-altalune-owner-id"] ?? "").toBe(key === "VALID" ? "zoe%20%25" : "");
  }
  const hiding = await call(keys["VALID"], [
    ["Connection", "close, X-Altalune-Owner-Id, x-altalune-scopes"],
    ...forged,
  ]);
  const received = upstream.received();
  expect([200, 400]).toContain(hiding.status);
  expect(received.map(({ headers }) => headers["x-altalune-owner-id"])).toEqual(
    hiding.status === 200 ? ["zoe%20%25"] : [],
  );
}

/** What an API may take for whose key it is: many frameworks read underscores as dashes. */
function identityIn(rawHeaders: readonly string[]): readonly (string | undefined)[] {
  const names = new Set(identityNames.map((name) => `x-altalune-${name.toLowerCase()}`));
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && names.has(name.toLowerCase().replaceAll("_", "-")) ? [rawHeaders[i + 1]] : [],
  );
}
