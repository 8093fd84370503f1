import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { makeGuardedProject } from "../../rules/sdk/guarded-project.js";
import { readmeBlock } from "../../support/readme.js";
import { test } from "../../support/shared-instance.js";
import { needTool } from "../../support/tools.js";
import { running } from "../sdk/running.js";
import { startUpstream } from "./upstream.js";

test("the README's lines for nginx let good keys in, with their owner, and nobody else", async ({ instance, skip }) => {
  const nginx = needTool(skip, "nginx");
  const keys = await makeGuardedProject(instance);
  const root = await newRootKey(instance, { scopes: ["api_keys:verify"], projects: [keys.projectId] });
  const upstream = await startUpstream();
  const lines = readmeBlock("nginx")
    .replaceAll("127.0.0.1:8080", new URL(instance.url).host)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${upstream.port}`)
    .replaceAll("PROJECT_ID", keys.projectId)
    .replaceAll("VERIFY_KEY", root.value);
  const folder = await mkdtemp(join(tmpdir(), "altalune-readme-"));
  await writeFile(join(folder, "nginx.conf"), serverOf(lines));
  try {
    const start = `sed -i "s/LISTEN/$PORT/" nginx.conf && exec "${nginx}" -p . -c nginx.conf -e stderr -g "daemon off;"`;
    await using api = await running({ command: "sh", args: ["-c", start], cwd: folder, env: {} });
    const call = async (headers: Record<string, string>) => (await fetch(`${api.url}/orders`, { headers })).status;
    upstream.received();
    const names = ["Owner-Id", "Key-Id", "Project-Id", "Scopes", "Tier", "Key-Name"];
    const forged = Object.fromEntries(names.map((name) => [`X-Altalune-${name}`, "admin"]));
    expect(await call({ "X-API-Key": keys.good, ...forged })).toBe(200);
    expect(await call({ Authorization: `Bearer ${keys.other}`, ...forged })).toBe(200);
    const [good, other] = upstream.received();
    expect(good?.headers["x-altalune-owner-id"]).toBe("user_1");
    expect(other?.headers["x-altalune-owner-id"]).toBeUndefined();
    for (const received of [good, other]) {
      expect(JSON.stringify(received?.rawHeaders)).not.toMatch(/admin|x-api-key|authorization/i);
    }
    for (const [key, status] of [
      ["garbage", 401],
      [keys.revoked, 401],
      [keys.expired, 401],
      [keys.elsewhere, 401],
      [keys.usedUp, 403],
    ] as const) {
      expect(await call({ "X-API-Key": key })).toBe(status);
    }
    expect(await call({})).toBe(401);
    expect(upstream.received()).toEqual([]);
  } finally {
    upstream.close();
    await rm(folder, { recursive: true });
  }
});

/** What stands around a location, with everything that nginx writes in the folder itself. */
function serverOf(locations: string): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const folders = kinds.map((kind) => `${kind}_temp_path ${kind}_temp;`).join(" ");
  return `pid nginx.pid; events {} http { access_log off; ${folders} server { listen 127.0.0.1:LISTEN;\n${locations}} }`;
}
