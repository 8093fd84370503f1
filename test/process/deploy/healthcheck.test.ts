import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { refusingPort } from "../../support/refusing-port.js";
import { test } from "../../support/shared-instance.js";

const ask = (env: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, ["deploy/healthcheck.mjs"], { env });

test("the image's health check is well while the service is ready", async ({ instance }) => {
  const { hostname, port } = new URL(instance.url);
  expect((await ask({ HOST: hostname, PORT: port })).stdout).toBe("status 200\n");
  expect((await ask({ HOST: "0.0.0.0", PORT: port })).stdout).toBe("status 200\n");
});

test("the image's health check fails where nobody answers, and where TLS is not spoken", async ({ instance }) => {
  await using nobody = await refusingPort();
  await expect(ask({ PORT: String(nobody.port) })).rejects.toMatchObject({ code: 1 });
  const { port } = new URL(instance.url);
  await expect(ask({ PORT: port, TLS_CERT: "/run/tls.crt" })).rejects.toMatchObject({ code: 1 });
});
