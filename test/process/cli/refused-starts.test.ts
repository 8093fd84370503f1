import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { MasterKey } from "../../../src/platform/master-key.js";
import { altalune, type Ended, type Environment, serve } from "./command.js";
import { ownDatabase } from "./databases.js";

// Starting processes takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

const masterKey = MasterKey.generate();
const certificate = new URL("../../rules/server/fixtures/cert.pem", import.meta.url).pathname;

function expectOneSentence({ code, stdout, stderr }: Ended, sentence: RegExp): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^ +at /m);
}

test.each([[["serv"]], [["root-key", "make"]]])(
  "an unknown command is told, with the way to the known ones: altalune %j",
  async (args) => {
    const { code, stderr } = await altalune(args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/unknown command|Usage: altalune/) });
  },
);

test("--help lists the commands and succeeds", async () => {
  const { code, stdout } = await altalune(["--help"]);
  expect(code).toBe(0);
  for (const name of ["serve", "migrate", "root-key"]) {
    expect(stdout).toContain(name);
  }
});

test("--version says the version, which the first line of the log and a metric say too", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { readonly version: string };
  expect(await altalune(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  const server = await serve(await ownDatabase());
  expect(JSON.parse(server.stderr().split("\n", 1)[0] ?? "")).toMatchObject({ version });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`^altalune_build_info\\{version="${version}",node="v.*"\\} 1$`, "m"));
});

test("a faulty environment is told whole, at once, and without any value", async () => {
  const secrets = { ALTALUNE_ROOT_KEY: "short-secret", ALTALUNE_MASTER_KEY: "no-base64-secret" };
  const outcome = await altalune(["serve"], {
    ...secrets,
    DATABASE_URL: "mysql://user:password-secret@host/db",
    PORT: "99999",
    LOG_LEVEL: "loud-value",
    ALTALUNE_DATABASE_POOL: "0",
    ALTALUNE_TRUSTED_PROXIES: "everybody",
    ALTALUNE_CORS_ORIGINS: "not an origin",
    ALTALUNE_CACHE_LEASE: "soon",
    TLS_CERT: "/cert.pem",
  });
  expectOneSentence(outcome, /^altalune: the configuration has 10 faults:\n/);
  for (const name of ["DATABASE_URL", "PORT", "LOG_LEVEL", "ALTALUNE_DATABASE_POOL", "ALTALUNE_TRUSTED_PROXIES"]) {
    expect(outcome.stderr).toMatch(new RegExp(`^  ${name} must be`, "m"));
  }
  for (const value of ["secret", "loud-value", "everybody", "not an origin", "soon", "99999"]) {
    expect(outcome.stderr).not.toContain(value);
  }
});

test("DATABASE_URL without a master key is refused with the command that prints a fresh one, which works", async () => {
  const { DATABASE_URL } = await ownDatabase();
  const { code, stdout, stderr } = await altalune(["serve"], { DATABASE_URL });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  const [, command = ""] =
    /ALTALUNE_MASTER_KEY must be set .*: `npx altalune (.+)` prints a fresh one$/m.exec(stderr) ?? [];
  const offered = await altalune(command.split(" "), { DATABASE_URL });
  expect(offered).toEqual({ code: 0, stdout: expect.stringMatching(/^[A-Za-z0-9+/]{43}=\n$/), stderr: "" });
  const env = { DATABASE_URL, ALTALUNE_MASTER_KEY: offered.stdout.trim() };
  expect(await altalune(["root-key", "list"], env)).toMatchObject({ code: 0 });
});

test("a master key is in the output of the command that makes it, and in no log or error", async () => {
  const { DATABASE_URL } = await ownDatabase();
  const offers = await Promise.all(Array.from({ length: 3 }, () => altalune(["master-key", "create"])));
  expect(new Set(offers.map(({ stdout }) => stdout)).size).toBe(3);
  for (const args of [["serve"], ["root-key", "list"], ["migrate", "up"], ["master-key", "rotate"]]) {
    const { stdout, stderr } = await altalune(args, { DATABASE_URL });
    expect(`${stdout}${stderr}`).not.toMatch(/[A-Za-z0-9+/]{43}=/);
  }
});

describe("a database that cannot be used is told in one sentence", () => {
  const refusedBy = async (DATABASE_URL: string) =>
    altalune(["serve"], { DATABASE_URL, ALTALUNE_MASTER_KEY: masterKey });

  test("when nobody listens there", async () => {
    expectOneSentence(await refusedBy("postgres://u:pass-secret@127.0.0.1:1/db"), unusable(/ECONNREFUSED 127.0.0.1:1/));
    expectOneSentence(await refusedBy("postgres://u:pass-secret@localhost:1/db"), unusable(/ECONNREFUSED/));
  });

  test("when there is no such host", async () => {
    expectOneSentence(await refusedBy("postgres://u:pass-secret@nowhere.invalid/db"), unusable(/nowhere\.invalid/));
  });

  test("when there is no such database", async () => {
    const url = new URL((await ownDatabase()).DATABASE_URL);
    url.pathname = "/altalune_none_such";
    expectOneSentence(await refusedBy(url.href), unusable(/altalune_none_such/));
  });

  test("when what listens hangs up, or speaks something else", async () => {
    const hangsUp = await listen((socket) => socket.destroy());
    expectOneSentence(await refusedBy(`postgres://u:pass-secret@127.0.0.1:${hangsUp}/db`), unusable(/./));
    const web = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expectOneSentence(await refusedBy(`postgres://u:pass-secret@127.0.0.1:${web}/db`), unusable(/./));
  });

  test("when TLS is asked of a server that has none", async () => {
    const noTls = await listen((socket) => socket.once("data", () => socket.write("N")));
    const outcome = await refusedBy(`postgres://u:pass-secret@127.0.0.1:${noTls}/db?sslmode=verify-full`);
    expectOneSentence(outcome, unusable(/SSL/));
  });

  test("for the commands too", async () => {
    const env = { DATABASE_URL: "postgres://u:pass-secret@127.0.0.1:1/db", ALTALUNE_MASTER_KEY: masterKey };
    expectOneSentence(await altalune(["migrate", "status"], env), unusable(/ECONNREFUSED/));
  });
});

test("a data folder that cannot be made is refused, with its variable", async () => {
  const outcome = await altalune(["serve"], { ALTALUNE_DATA_DIR: "/proc/x" });
  expectOneSentence(outcome, /^altalune: The folder \/proc\/x cannot be made .*: set ALTALUNE_DATA_DIR/);
});

test("a port that is taken is told with the way to another", async () => {
  const port = await listen(() => undefined);
  const outcome = await altalune(["serve"], { ...(await ownDatabase()), PORT: String(port) });
  expect(outcome.code).toBe(1);
  expect(outcome.stdout).toBe("");
  expect(outcome.stderr).toContain(
    `altalune: cannot listen on 127.0.0.1:${port}: another process has this port; stop it, or choose another by PORT\n`,
  );
});

describe("a certificate that cannot be used is told with its variable", () => {
  const refusedBy = async (tls: Environment) => altalune(["serve"], { ...(await ownDatabase()), ...tls });

  test("when the files are not there, both at once", async () => {
    const outcome = await refusedBy({ TLS_CERT: "/nowhere/cert.pem", TLS_KEY: "/nowhere/key.pem" });
    expectOneSentence(
      outcome,
      /TLS_CERT names a file that cannot be read: ENOENT[\s\S]*TLS_KEY names a file that cannot be read: ENOENT/,
    );
  });

  test("when what they hold is neither a PEM nor a path, without quoting it", async () => {
    const outcome = await refusedBy({ TLS_CERT: certificate, TLS_KEY: "key-secret\n-----BEGIN PRIVATE KEY-----" });
    expectOneSentence(outcome, /TLS_KEY names a file that cannot be read: ENOENT/);
    expect(outcome.stderr).not.toContain("key-secret");
  });

  test("when a file is no PEM, or the key is another certificate's", async () => {
    const noPem = join(inject("scratchDir"), "no-pem");
    await writeFile(noPem, "key-secret, and no PEM");
    for (const TLS_KEY of [noPem, certificate]) {
      const outcome = await refusedBy({ TLS_CERT: certificate, TLS_KEY });
      expectOneSentence(outcome, /TLS_CERT and TLS_KEY must be a PEM certificate and its private key/);
      expect(outcome.stderr).not.toContain("key-secret");
    }
  });
});

function unusable(why: RegExp): RegExp {
  return new RegExp(`^altalune: the database of DATABASE_URL cannot be used: (?!.*pass-secret).*${why.source}.*\\n$`);
}

async function listen(onConnection: (socket: import("node:net").Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
