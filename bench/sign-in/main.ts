/**
 * What people who sign in cost the others: the p99 of verifications while 200 log in at once, and while passwords are tried; how
 * long a login of a known and an unknown user takes; and what a session costs where a root key would do.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Latencies } from "../attack/legitimate.js";
import { benchDatabase } from "../lib/database.js";
import { commandLineCaller, newPublicId } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, median, table } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { withServices } from "../lib/with-services.js";
import { Child } from "../verify/child.js";
import { insertKeys, newKeys } from "../verify/keys.js";
import type { SignInJob } from "./people.js";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? 8_000);
const perSecond = Number(process.env["BENCH_RATE"] ?? 300);
const pairs = Number(process.env["BENCH_PAIRS"] ?? 150);
const checks = 3_000;
const password = "wintry-orchard-41-lamp";
const username = "ada";

await using database = await benchDatabase();
await using service = await startService(database.url, undefined, {
  environment: { ALTALUNE_TRUSTED_PROXIES: "loopback" },
  withSetupLink: true,
});
const folder = await mkdtemp(join(tmpdir(), "altalune-bench-sign-in-"));
const keysFile = join(folder, "keys.json");
const keys = newKeys(1_000);
await writeFile(keysFile, JSON.stringify(keys));
await prepare();

await register();
const known: number[] = [];
const unknown: number[] = [];
for (let i = 0; i < pairs; i++) {
  // Each from an address and, where there is a user, by a name that were not tried too often; the order alternates.
  const takes = [
    async () => known.push(await wrongLogin(`somebody-${i}`, `10.0.${i >> 8}.${i & 255}`)),
    async () => unknown.push(await wrongLogin(`nobody-${i}`, `10.1.${i >> 8}.${i & 255}`)),
  ];
  for (const take of i % 2 === 0 ? takes : takes.toReversed()) {
    await take();
  }
}

interface Result {
  readonly all: Latencies;
  readonly warm: Latencies;
  readonly cold: Latencies;
}
await legitimate();
const kinds = ["200 logins at once", "wrong passwords"] as const;
const ratios: [string, number, number, number, string][] = [];
for (const kind of kinds) {
  const quiet: Result[] = [];
  const busy: Result[] = [];
  for (let round = 0; round < rounds; round++) {
    quiet.push(await legitimate());
    await using people = Child.start("../sign-in/people.ts");
    people.send({ url: service.url, kind, username, password } satisfies SignInJob);
    // They tell of nothing else.
    const failure = people.next<never>();
    failure.catch(() => undefined);
    await pause(1_000);
    busy.push(await Promise.race([legitimate(), failure]));
  }
  const ratioOf = (of: keyof Result) =>
    median(busy.map((result, round) => result[of].p99Ms / (quiet[round] ?? result)[of].p99Ms));
  const p99s = (results: readonly Result[]) => median(results.map(({ all }) => all.p99Ms)).toFixed(1);
  ratios.push([kind, ratioOf("all"), ratioOf("warm"), ratioOf("cold"), `${p99s(quiet)} / ${p99s(busy)}`]);
}

// Of those who signed in meanwhile, the sessions before these ended.
const cookie = await logIn();
const byRootKey: number[] = [];
const bySession: number[] = [];
for (let round = 0; round < 6; round++) {
  byRootKey.push(...(await batchTimes({ authorization: `Bearer ${service.rootKey}` })));
  bySession.push(...(await batchTimes({ cookie })));
}

const at = (values: readonly number[], part: number) =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN).toFixed(2);
const spread = (name: string, values: readonly number[]) => [name, ...[0.1, 0.5, 0.9].map((part) => at(values, part))];
process.stdout.write(`${machineFacts(database.server)}
${rounds} rounds of ${durationMs} ms with and without, in turn; ${perSecond} verifications a second, one in five asks the database

${table(
  ["beside", "p99 ratio", "of warm ones", "of cold ones", "p99, quiet / beside, ms"],
  ratios.map(([kind, all, warm, cold, p99s]) => [kind, all.toFixed(2), warm.toFixed(2), cold.toFixed(2), p99s]),
)}

a wrong password, ${pairs} times each, in ms
${table(["user", "p10", "p50", "p90"], [spread("known", known), spread("unknown", unknown)])}

BatchVerifyApiKeys of one key from memory, ${checks * 6} times each, in ms
${table(["credential", "p10", "p50", "p90"], [spread("root key", byRootKey), spread("session", bySession)])}
`);
await rm(folder, { recursive: true, force: true });

async function register(): Promise<void> {
  const invitation = /#code=(\w+)/.exec(service.setupUrl ?? "")?.[1];
  const body = { username, email: "ada@example.com", password, confirm_password: password, invitation };
  await post("/api/auth/register", body, {});
}

async function logIn(): Promise<string> {
  const login = await post("/api/auth/login", { username, password }, {});
  return login.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}

async function wrongLogin(name: string, address: string): Promise<number> {
  const since = performance.now();
  const { status } = await post(
    "/api/auth/login",
    { username: name, password: "wrong-password-1" },
    { "x-forwarded-for": address },
  );
  if (status !== 401) {
    throw new Error(`a wrong password was answered ${status}`);
  }
  return performance.now() - since;
}

async function batchTimes(credential: Readonly<Record<string, string>>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < checks; i++) {
    const since = performance.now();
    const path = "/altalune.v1.VerificationService/BatchVerifyApiKeys";
    const { status } = await post(path, { requests: [{ key: keys[0] }] }, credential);
    if (status !== 200) {
      throw new Error(`a batch was answered ${status}`);
    }
    times.push(performance.now() - since);
  }
  return times.slice(checks / 10);
}

async function post(path: string, body: object, headers: Readonly<Record<string, string>>): Promise<Response> {
  const response = await fetch(service.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response;
}

async function legitimate(): Promise<Result> {
  await using load = Child.start("../attack/legitimate.ts");
  load.send({ url: service.url, rootKey: service.rootKey, keysFile, perSecond, durationMs });
  return await load.next<Result>();
}

/** Keys, and as many users as passwords are tried on: copies of one, since all that is measured is that there are some. */
async function prepare(): Promise<void> {
  const at = { databaseUrl: database.url, masterKey: service.masterKey };
  await withServices(at, async ({ projects }, db) => {
    const project = await projects.create(commandLineCaller, uncappedProject);
    await insertKeys(db, project.id, keys);
    const passwordHash = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;
    for (let i = 0; i < pairs; i++) {
      await db
        .insertInto("altalune_users")
        .values({
          public_id: newPublicId(),
          username: `somebody-${i}`,
          email: `somebody-${i}@example.com`,
          role: 4,
          project_ids: [],
          all_projects: false,
          password_hash: passwordHash,
          last_login_at: null,
        })
        .execute();
    }
  });
}
