import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect } from "vitest";
import { askAt } from "../../rules/forward_auth/ask.js";
import { needTool } from "../../support/tools.js";
import { expectForgedToBeGone } from "./forged.js";
import { startGateway } from "./gateway.js";
import { guardBy, target, test } from "./guarded-api.js";
import { programs, titleOf } from "./programs.js";
import { expectGoodKeysGetThrough, expectRefusals, expectUnavailable } from "./verdicts.js";

describe.each(programs.map((program) => [titleOf(program), program] as const))("behind %s", (_title, program) => {
  const { name } = program;
  test("good keys get through, with whose they are, and nobody else does, whatever a client makes up", async ({
    skip,
    api,
  }) => {
    await using guarded = await guardBy(needTool(skip, name), program, api);
    await expectGoodKeysGetThrough(guarded);
    await expectRefusals(guarded);
    await expectForgedToBeGone(guarded);
  });

  test("while Altalune is stopped or gone nobody gets through, and all do again when it is back", async ({
    skip,
    api,
  }) => {
    const { keys, upstream } = api;
    await using guarded = await guardBy(needTool(skip, name), program, api);
    const { altalune, call } = guarded;
    expect((await call(keys["VALID"])).status).toBe(200);
    upstream.received();
    altalune.signal("SIGSTOP");
    await expectUnavailable(guarded);
    altalune.signal("SIGCONT");
    await expect.poll(async () => (await call(keys["VALID"])).status).toBe(200);
    upstream.received();
    altalune.signal("SIGKILL");
    await altalune.ended;
    await expectUnavailable(guarded);
  });

  test("asks once where no answer comes, since each question may spend from a limit", async ({ skip, api }) => {
    const { keys, upstream, rootKey, projectId } = api;
    const path = needTool(skip, name);
    let questions = 0;
    const silent = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        questions += 1;
      });
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const altalunePort = String((silent.address() as AddressInfo).port);
    const gateway = await startGateway(path, program, {
      altalunePort,
      upstreamPort: upstream.port,
      rootKey,
      projectId,
    });
    upstream.received();
    const heard = await askAt(gateway.url, { target, headers: [["X-API-Key", keys["VALID"] ?? ""]] });
    expect(heard.status).toBe(503);
    expect(questions).toBe(1);
    expect(upstream.received()).toEqual([]);
    await gateway.stop();
    silent.close();
  });
});
