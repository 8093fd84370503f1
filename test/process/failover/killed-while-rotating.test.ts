import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { createClients, startTestInstance, type TestInstance, transportTo } from "../../support/instance.js";
import { letRotate, rotateDue, waitingKeys } from "../../support/rotation.js";
import { actionsOf } from "../../support/trail.js";
import { codeOf } from "../../support/verdict.js";
import { runService, type ServiceProcess } from "../chaos/service-process.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

/** Another instance on the same database, which lives on. */
let other: TestInstance;
let proxy: TcpProxy;
const killed: ServiceProcess[] = [];
beforeAll(async () => {
  other = await startTestInstance();
  proxy = await startTcpProxy(other.databaseUrl);
}, 60_000);
afterAll(async () => {
  for (const one of killed) {
    one.signal("SIGKILL");
    await one.ended;
  }
  await proxy.close();
  await other.stop();
});

async function startToBeKilled() {
  const service = runService({ DATABASE_URL: proxy.url, ALTALUNE_MASTER_KEY: other.masterKey });
  killed.push(service);
  const clients = createClients(transportTo(await service.ready, other.rootKey));
  const kill = async () => {
    service.signal("SIGKILL");
    await service.ended;
  };
  return { clients, kill };
}

const rotationPolicy = { every: { seconds: 86_400n }, grace: { seconds: 3600n } };

test("a service that is killed by -9 between a claim and its answer, or in a rotation, leaves a value that can be claimed, and the one before", async () => {
  const projectId = await newProject(other.clients);
  const { id: apiKeyId, value } = await newApiKey(other.clients, projectId, { rotationPolicy });
  const claimed = async () =>
    (await actionsOf(other.clients, projectId, apiKeyId)).filter((action) => action === "api_key.claimed").length;
  await letRotate(other, apiKeyId);

  const first = await startToBeKilled();
  await first.clients.apiKeys.getApiKey({ projectId, apiKeyId });
  proxy.muteCommits();
  const lost = first.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId }).then(
    () => "answered",
    () => "lost",
  );
  await expect.poll(claimed, { timeout: 20_000 }).toBe(1);
  await first.kill();
  expect(await lost).toBe("lost");
  const { keyValue } = await other.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId });
  expect(await codeOf(other.clients, keyValue)).toBe(VerificationCode.VALID);
  expect(await codeOf(other.clients, value)).toBe(VerificationCode.VALID);

  // Killed by its database connection in the middle of a rotation: nothing of it is done, or all.
  await proxy.cut();
  await proxy.restore();
  const second = await newApiKey(other.clients, projectId, { rotationPolicy });
  await sql`
    create function slow_value() returns trigger language plpgsql as $$ begin perform pg_sleep(3); return new; end $$
  `.execute(other.db);
  await sql`
    create trigger slow_value before insert on altalune_waiting_values for each row execute function slow_value()
  `.execute(other.db);
  await sql`
    update altalune_project_api_keys set next_rotation_at = altalune_now() where public_id = ${second.id}
  `.execute(other.db);
  const sleeping = async () => {
    const { rows } = await sql`
      select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()
    `.execute(other.db);
    return rows.length;
  };
  await expect.poll(sleeping, { timeout: 30_000 }).toBe(1);
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()
  `.execute(other.db);
  await sql`drop trigger slow_value on altalune_waiting_values`.execute(other.db);
  await rotateDue(other);
  expect(await waitingKeys(other)).toContain(second.id);
  const rotations = (await actionsOf(other.clients, projectId, second.id)).filter((one) => one === "api_key.rotated");
  expect(rotations).toHaveLength(1);
  expect(await codeOf(other.clients, second.value)).toBe(VerificationCode.VALID);
  const again = await other.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: second.id });
  expect(await codeOf(other.clients, again.keyValue)).toBe(VerificationCode.VALID);
}, 120_000);
