import { readFileSync } from "node:fs";
import { request } from "node:https";
import { fileURLToPath } from "node:url";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { createClients } from "../../support/instance.js";
import { serve } from "./command.js";
import { ownDatabase } from "./databases.js";

const certificate = fileURLToPath(new URL("../../rules/server/fixtures/cert.pem", import.meta.url));
const key = fileURLToPath(new URL("../../rules/server/fixtures/key.pem", import.meta.url));
const ca = readFileSync(certificate);

test.each(["1.1", "2"] as const)(
  "TLS_CERT and TLS_KEY, as paths or as PEM, put the whole port behind TLS, over HTTP/%s",
  async (httpVersion) => {
    const identity: Record<string, string> =
      httpVersion === "1.1" ? { TLS_CERT: certificate, TLS_KEY: key } : { TLS_CERT: ca.toString(), TLS_KEY_FILE: key };
    const server = await serve({ ...(await ownDatabase()), ...identity });
    expect(server.url).toMatch(/^https:/);
    expect(server.stdout()).toContain(`curl -s ${server.url}/altalune.v1.ProjectService/CreateProject`);
    for (const probe of ["/healthz", "/readyz"]) {
      // Said to be there before it has heard its first notification.
      await expect.poll(() => statusOf(server.url + probe), { timeout: 10_000 }).toBe(200);
    }
    const transport = createConnectTransport({
      baseUrl: server.url,
      httpVersion,
      nodeOptions: { ca },
      interceptors: [
        (next) => (call) => {
          call.header.set("authorization", `Bearer ${server.rootKey()}`);
          return next(call);
        },
      ],
    });
    const { project } = await createClients(transport).projects.createProject({ name: "over tls" });
    expect(project?.name).toBe("over tls");
    await expect(fetch(server.url.replace("https:", "http:"))).rejects.toThrow();
    expect(await server.stop()).toBe(0);
  },
);

function statusOf(url: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(url, { ca, agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .on("error", reject)
    .end();
  return promise;
}
