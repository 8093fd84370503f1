import { once } from "node:events";
import { chmod, chown, copyFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { createPool } from "../../../src/platform/postgres/pool.js";
import { startTestInstance } from "../../support/instance.js";
import { prepareTemplate } from "../../support/template.js";

const fixture = (name: string) => fileURLToPath(new URL(`../../rules/server/fixtures/${name}`, import.meta.url));
const certificate = fixture("cert.pem");
const inClear = "in clear";
const encrypted = "encrypted";

let server: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let pgData: string;
let sockets: string;

beforeAll(async () => {
  const dataDir = join(inject("scratchDir"), "urls");
  // Names of sockets are short.
  sockets = join("/tmp", `altalune-${process.pid}`);
  await mkdir(sockets, { mode: 0o777 });
  await startEmbeddedPostgres({ dataDir, settings: { fsync: "off" } }).then((first) => first.stop());
  pgData = join(dataDir, "pg");
  const { uid, gid } = await stat(pgData);
  await chown(sockets, uid, gid);
  for (const [from, to] of [
    ["cert.pem", "server.crt"],
    ["key.pem", "server.key"],
  ] as const) {
    await copyFile(fixture(from), join(pgData, to));
    await chown(join(pgData, to), uid, gid);
    await chmod(join(pgData, to), 0o600);
  }
  server = await startEmbeddedPostgres({
    dataDir,
    settings: { fsync: "off", ssl: "on", unix_socket_directories: sockets },
  });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await rm(sockets, { recursive: true, force: true });
});

/** How a connection by this URL is spoken on. */
async function spoken(url: string): Promise<string> {
  const pool = createPool(url, { max: 1, logger: createLogger("silent") });
  try {
    const { rows } = await pool.query<{ ssl: boolean }>("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    return rows[0]?.ssl ? encrypted : inClear;
  } finally {
    await pool.end();
  }
}

const at = (host: string, parameters = ""): string => {
  const { username, password, pathname, port } = new URL(server.url);
  return `postgresql://${username}:${password}@${host.replaceAll("PORT", port)}${pathname}?${parameters}`;
};

/** Lets the server take only such connections, while `during` runs. */
async function taking(lines: string, during: () => Promise<void>): Promise<void> {
  const file = join(pgData, "pg_hba.conf");
  const before = await readFile(file, "utf8");
  const reload = async () => {
    const pool = createPool(at(`${encodeURIComponent(sockets)}:PORT`), { max: 1, logger: createLogger("silent") });
    await pool.query("select pg_reload_conf()");
    await pool.end();
    await new Promise((resolve) => setTimeout(resolve, 300));
  };
  try {
    await writeFile(file, `local all all scram-sha-256\n${lines}\n`);
    await reload();
    await during();
  } finally {
    await writeFile(file, before);
    await reload();
  }
}

describe("sslmode means what it means to libpq", () => {
  test("a server with TLS is spoken to in clear by disable and allow only", async () => {
    expect(await spoken(at("localhost:PORT", "sslmode=disable"))).toBe(inClear);
    expect(await spoken(at("localhost:PORT", "sslmode=allow"))).toBe(inClear);
    for (const parameters of ["", "sslmode=prefer", "sslmode=require", "sslnegotiation=direct&sslmode=require"]) {
      expect([parameters, await spoken(at("localhost:PORT", parameters))]).toEqual([parameters, encrypted]);
    }
  });

  test("require does not verify, unless a root is named; verify-ca does not mind the name; verify-full does", async () => {
    const root = `sslrootcert=${encodeURIComponent(certificate)}`;
    // The certificate is good for localhost and 127.0.0.1.
    const byName = (parameters: string) => at("nowhere.example:PORT", `hostaddr=127.0.0.1&${parameters}`);
    expect(await spoken(byName("sslmode=require"))).toBe(encrypted);
    expect(await spoken(byName(`sslmode=verify-ca&${root}`))).toBe(encrypted);
    expect(await spoken(byName(`sslmode=require&${root}`))).toBe(encrypted);
    await expect(spoken(byName(`sslmode=verify-full&${root}`))).rejects.toThrow(/altnames/);
    expect(await spoken(at("localhost:PORT", `sslmode=verify-full&${root}`))).toBe(encrypted);
    await expect(spoken(at("localhost:PORT", "sslmode=verify-full"))).rejects.toThrow(/self-signed/);
  });

  test("prefer and allow take the other way where the server asks for it", async () => {
    await taking("hostnossl all all all scram-sha-256", async () => {
      expect(await spoken(at("localhost:PORT", "sslmode=prefer"))).toBe(inClear);
      await expect(spoken(at("localhost:PORT", "sslmode=require"))).rejects.toThrow(/pg_hba/);
    });
    await taking("hostssl all all all scram-sha-256", async () => {
      expect(await spoken(at("localhost:PORT", "sslmode=allow"))).toBe(encrypted);
      expect(await spoken(at("localhost:PORT"))).toBe(encrypted);
      await expect(spoken(at("localhost:PORT", "sslmode=disable"))).rejects.toThrow(/pg_hba/);
    });
  });

  test("a server without TLS is refused by require, and no other is asked of it by prefer", async () => {
    const plain = inject("testServerUrl");
    const url = new URL(plain);
    url.searchParams.set("sslmode", "require");
    await expect(spoken(url.href)).rejects.toThrow(/does not support SSL/);
    url.searchParams.set("sslmode", "prefer");
    expect(await spoken(url.href)).toBe(inClear);
  });
});

test("a socket is found by its folder", async () => {
  const { port } = new URL(server.url);
  expect(await spoken(at("", `host=${sockets}&port=${port}`))).toBe(inClear);
  expect(await spoken(at(`${encodeURIComponent(sockets)}:PORT`))).toBe(inClear);
});

test("of several hosts the first that serves is taken", async () => {
  expect(await spoken(at("127.0.0.1:1,localhost:PORT"))).toBe(encrypted);
  expect(await spoken(at("", `host=127.0.0.1,localhost&port=1,${new URL(server.url).port}`))).toBe(encrypted);
  await expect(spoken(at("127.0.0.1:1,127.0.0.1:2"))).rejects.toThrow(/ECONNREFUSED.*:1.*ECONNREFUSED.*:2/);
});

test.each(["sslmode=disable", "sslmode=prefer", "sslmode=require", "sslnegotiation=direct&sslmode=require"])(
  "a host that takes the connection and says nothing has its part of the time, and the next is taken: %s",
  async (parameters) => {
    const silent = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const begun = performance.now();
    expect(await spoken(at(`127.0.0.1:${port},localhost:PORT`, parameters))).toBe(
      parameters === "sslmode=disable" ? inClear : encrypted,
    );
    expect(performance.now() - begun).toBeLessThan(4_500);
    await expect(spoken(at(`127.0.0.1:${port},127.0.0.1:1`, parameters))).rejects.toThrow(
      /timeout expired.*ECONNREFUSED/,
    );
  },
  15_000,
);

test("a host that is ready is held to no time any more", async () => {
  const pool = createPool(at("localhost:PORT,127.0.0.1:1"), { max: 1, logger: createLogger("silent") });
  onTestFinished(() => pool.end());
  await pool.query("select pg_sleep(4)");
}, 15_000);

test("a wrong password is told as such, and tried no other way", async () => {
  const url = new URL(at("localhost:PORT"));
  url.password = "wrong";
  await expect(spoken(url.href)).rejects.toThrow(/password authentication failed/);
});

test("an instance serves by a socket, and listens by it", async () => {
  await prepareTemplate(server.url);
  const { port } = new URL(server.url);
  const databaseUrl = at("", `host=${sockets}&port=${port}`);
  const rootKey = "root-key-of-the-environment-for-sockets";
  const masterKey = Buffer.alloc(32, "s").toString("base64");
  await using instance = await startTestInstance({
    beside: { databaseUrl, masterKey, rootKey },
    env: { ALTALUNE_ROOT_KEY: rootKey },
  });
  await expect.poll(async () => (await fetch(`${instance.url}/readyz`)).status, { timeout: 10_000 }).toBe(200);
});
