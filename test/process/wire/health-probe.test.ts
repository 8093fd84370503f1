import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, test } from "vitest";
import { start } from "../../rules/server/start.js";
import { startTestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";
import { runTool } from "./run.js";

const certificate = new URL("../../rules/server/fixtures/cert.pem", import.meta.url);
const key = new URL("../../rules/server/fixtures/key.pem", import.meta.url);

/** Exit codes of the probe's own. */
const exits = { healthy: 0, rpcFailed: 3, unhealthy: 4 };

let probe: string;
beforeEach(({ skip }) => {
  probe = needTool(skip, "grpc-health-probe");
});

const ask = (url: string, ...flags: string[]) => runTool(probe, ["-addr", new URL(url).host, ...flags]);

test("the official probe finds an instance healthy, as a whole and by service, without a root key", async () => {
  await using instance = await startTestInstance();
  expect(await ask(instance.url)).toMatchObject({ code: exits.healthy });
  expect(await ask(instance.url, "-gzip")).toMatchObject({ code: exits.healthy });
  expect(await ask(instance.url, "-service", "altalune.v1.ApiKeyService")).toMatchObject({ code: exits.healthy });
  expect(await ask(instance.url, "-service", "no.such.Service")).toMatchObject({ code: exits.rpcFailed });
});

test("the official probe asks over TLS too", async () => {
  const tls = { cert: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  const { url } = await start({ tls });
  const flags = ["-tls", "-tls-ca-cert", fileURLToPath(certificate), "-tls-server-name", "localhost"];
  expect(await ask(url, ...flags)).toMatchObject({ code: exits.healthy });
});

test("the official probe finds a server unhealthy that cannot work, or that drains", async () => {
  const sick = await start({ readiness: async () => ({ ready: false, reasons: ["the database does not answer"] }) });
  expect(await ask(sick.url)).toMatchObject({ code: exits.unhealthy });
  const draining = await start();
  await draining.server.drain();
  expect(await ask(draining.url)).toMatchObject({ code: exits.unhealthy });
});
