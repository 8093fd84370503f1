import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { migrations } from "../../../migrations/index.js";
import { migrateCommand } from "../../../src/cli/migrate.js";
import { altalune, serve, spawnCommand } from "./command.js";
import { emptyDatabase, ownDatabase, query } from "./databases.js";
import { runHere } from "./in-process.js";

// Starting processes takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

const steps = Object.keys(migrations);

const tablesOf = (env: { readonly DATABASE_URL: string }) =>
  query<{ name: string }>(
    env,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace
     and relname like 'altalune%' and relname not like 'altalune_migrations%' order by relname`,
  );

test("the schema goes up from nothing, all the way down, and up again to the same", async () => {
  const env = await emptyDatabase();
  const migrate = (args: readonly string[]) => runHere(migrateCommand(), args, { ...env, LOG_LEVEL: "" });
  const all = (direction: string) => steps.map((name) => `${direction} ${name}\n`).join("");
  expect(await migrate(["status"])).toBe(steps.map((name) => `${name}  pending\n`).join(""));
  expect(await migrate(["down"])).toBe("nothing to do\n");

  expect(await migrate(["up"])).toBe(all("up"));
  const tables = await tablesOf(env);
  expect(tables.length).toBeGreaterThan(50);
  expect((await migrate(["status"])).match(/ \d{4}-\d\d-\d\dT[\d:.]+Z$/gm)).toHaveLength(steps.length);

  for (const name of steps.toReversed()) {
    expect(await migrate(["down", "--yes"])).toBe(`down ${name}\n`);
  }
  expect(await tablesOf(env)).toEqual([]);
  expect(await query(env, "select proname from pg_proc where proname like 'altalune%'")).toEqual([]);

  expect(await migrate(["up"])).toBe(all("up"));
  expect(await tablesOf(env)).toEqual(tables);
  expect(await migrate(["up"])).toBe("nothing to do\n");
  const server = await serve(env);
  expect(server.rootKey()).toMatch(/^alt_root_/);
});

test("the command says which steps were run, and when", async () => {
  const env = await emptyDatabase();
  expect(await altalune(["migrate", "up"], env)).toMatchObject({ code: 0, stderr: "" });
  const { code, stdout, stderr } = await altalune(["migrate", "status"], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trim().split("\n")).toHaveLength(steps.length);
  expect(stdout).not.toContain("pending");
});

test("a schema that is newer than the command is refused, with the name of the step", async () => {
  const env = await ownDatabase();
  await query(env, "insert into altalune_migrations (name, timestamp) values ('9999_from_the_future', '2099-01-01')");
  for (const args of [["serve"], ["migrate", "down", "--yes"]]) {
    const { code, stdout, stderr } = await altalune(args, env);
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
    expect(stderr).toMatch(/^altalune: the database's schema is newer than .*9999_from_the_future.*\n$/);
  }
});

test("a database is refused to another master key, and stays as it is", async () => {
  const env = await ownDatabase();
  expect((await altalune(["root-key", "create", "--scope", "*"], env)).code).toBe(0);
  const other = { ...env, ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64") };
  for (const args of [["serve"], ["root-key", "create", "--scope", "*"]]) {
    const { code, stdout, stderr } = await altalune(args, other);
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
    expect(stderr).toMatch(/^altalune: this database .* another master key: .*ALTALUNE_MASTER_KEY.*\n$/);
    expect(stderr).not.toContain(other.ALTALUNE_MASTER_KEY);
  }
  expect(await query(env, "select from altalune_project_api_keys")).toHaveLength(1);
});

test("a database that does not store UTF8 is refused, with how to make one that does", async () => {
  const env = await emptyDatabase("encoding 'LATIN1' locale_provider libc locale 'C' template template0");
  for (const args of [["serve"], ["migrate", "up"]]) {
    const { code, stdout, stderr } = await altalune(args, env);
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^altalune: the database stores text as LATIN1 and must store it as UTF8.* template template0/,
    );
  }
  expect(await tablesOf(env)).toEqual([]);
});

test("limits of time that a database sets end no migration", async () => {
  const env = await emptyDatabase();
  const name = new URL(env.DATABASE_URL).pathname.slice(1);
  await query(env, `alter database ${name} set statement_timeout to '40ms'`);
  expect(await altalune(["migrate", "up"], env)).toMatchObject({ code: 0, stderr: "" });
});

test("migrate down deletes nothing unless it is told that it may", async () => {
  const env = await ownDatabase();
  const { code, stdout, stderr } = await altalune(["migrate", "down"], env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    `altalune: taking back ${steps.at(-1)} deletes the data that it held: repeat the command with --yes\n`,
  );
  expect((await altalune(["migrate", "status"], env)).stdout).not.toContain("pending");
});

test("a reader that has seen enough, as head has, ends a command quietly", async () => {
  const env = await ownDatabase();
  const child = spawnCommand(["migrate", "status"], env);
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(stderr).toBe("");
});
