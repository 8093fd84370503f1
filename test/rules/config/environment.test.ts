import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { ConfigError, environment, readConfig } from "../../../src/app/config.js";
import { keysAnswer, newPair } from "../exposure/github.js";

const masterKey = Buffer.alloc(32, 5).toString("base64");

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

test("an empty environment is a service with a database of its own, on this machine only", () => {
  expect(readConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    rootKey: undefined,
    corsOrigins: [],
    trustedProxies: [],
    gateway: undefined,
    logLevel: "info",
    tls: undefined,
    database: { url: undefined, dataDir: undefined, masterKey: undefined, connections: 25 },
  });
});

test("a variable that is empty counts as not set", () => {
  const names = ["DATABASE_URL", "HOST", "PORT", "ALTALUNE_ROOT_KEY", "ALTALUNE_MASTER_KEY", "LOG_LEVEL", "TLS_CERT"];
  expect(readConfig(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(readConfig({}));
});

test("variables of others are left alone", () => {
  expect(readConfig({ PGPASSWORD: "x", ALTALUNE: "x", npm_config_port: "x" })).toEqual(readConfig({}));
});

const oidc = {
  ALTALUNE_OIDC_ISSUER: "https://accounts.example.com",
  ALTALUNE_OIDC_CLIENT_ID: "altalune",
  ALTALUNE_OIDC_CLIENT_SECRET: "a-secret-of-a-client",
} as const;

const mail = {
  ALTALUNE_SMTP_URL: "smtps://altalune:s3cret@mail.example.com",
  ALTALUNE_MAIL_FROM: "Altalune <keys@example.com>",
} as const;

/** What a variable goes with. */
const companions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DATABASE_URL: { ALTALUNE_MASTER_KEY: masterKey },
  ALTALUNE_LISTEN_URL: { DATABASE_URL: "postgres://h/d", ALTALUNE_MASTER_KEY: masterKey },
  ALTALUNE_SMTP_URL: mail,
  ALTALUNE_MAIL_FROM: mail,
  ALTALUNE_OIDC_ISSUER: oidc,
  ALTALUNE_OIDC_CLIENT_ID: oidc,
  ALTALUNE_OIDC_CLIENT_SECRET: oidc,
  ALTALUNE_OIDC_ROLE_CLAIM: oidc,
  ALTALUNE_GATEWAY_LISTEN: { ALTALUNE_GATEWAY_ROOT_KEY_ID: "23456789abcdef" },
  ALTALUNE_GATEWAY_ROOT_KEY_ID: { ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:8081" },
  ALTALUNE_GATEWAY_TRUST_NETWORK: {
    ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:8081",
    ALTALUNE_GATEWAY_ROOT_KEY_ID: "23456789abcdef",
  },
};

test.each<readonly [name: string, bad: readonly string[], good: readonly string[]]>([
  [
    "DATABASE_URL",
    [
      ...["db", "mysql://h/d", "http://h/d", "host=h dbname=d", " postgres://h/d", "postgres://h/d\n"],
      ...[
        "postgres://h:abc/d",
        "postgres://h:0/d",
        "postgres://h:65536/d",
        "postgres://h/d?port=abc",
        "postgres://h:1:2/d",
      ],
      ...["postgres://h1,h2,h3/d?port=1,2", "postgres://h/d?sslmode=loud", "postgres://h/d?sslmode=verify-ca"],
      ...["postgres://h/d?sslrootcert=/nowhere.pem", "postgres://h/d?target_session_attrs=standby", "postgres://%zz/d"],
    ],
    [
      ...[
        "postgres://h/d",
        "postgresql://u:p@h:5432/d?sslmode=verify-full",
        "postgresql:///d?host=/var/run/postgresql",
      ],
      ...[
        "postgres://%2Fvar%2Frun%2Fpostgresql/d",
        "postgres://u@h1:1,[::1]:2,h3/d",
        "postgres:///d?host=h1,h2&port=1,2",
      ],
      ...["disable", "allow", "prefer", "require"].map((mode) => `postgres://h/d?sslmode=${mode}`),
      ...[
        "postgres://h1,h2/d?target_session_attrs=read-write",
        "postgres://h/d?sslmode=verify-full&sslrootcert=system",
      ],
    ],
  ],
  ["PORT", ["-1", "65536", "80.5", "http", "0x50", "1e3", " 80"], ["0", "1", "8080", "65535"]],
  ["ALTALUNE_DATABASE_POOL", ["0", "1", "1001", "-5", "many"], ["2", "1000"]],
  [
    "ALTALUNE_ROOT_KEY",
    [
      `eyJ${"x".repeat(31)}.x.x`,
      `alt_portal_${"x".repeat(31)}`,
      "x".repeat(31),
      `${"x".repeat(31)} x`,
      `${"x".repeat(31)}é`,
      `${"x".repeat(31)}\n`,
    ],
    ["x".repeat(32), "!".repeat(64)],
  ],
  [
    "ALTALUNE_MASTER_KEY",
    ["short", Buffer.alloc(31).toString("base64"), Buffer.alloc(33).toString("base64"), "x".repeat(43), "=".repeat(44)],
    [masterKey],
  ],
  ["ALTALUNE_MASTER_KEY_PREVIOUS", ["short"], [masterKey]],
  [
    "ALTALUNE_GITHUB_KEYS_URL",
    ["keys.example.com", "ftp://h/", "https://a b/", "https://u@h/", "https://h/#a"],
    ["https://api.github.com/meta/public_keys/secret_scanning", "http://127.0.0.1:1/"],
  ],
  ["ALTALUNE_GITHUB_KEYS", ["[", "{}", keysAnswer(), keysAnswer(newPair("P-384"))], [keysAnswer(newPair(), newPair())]],
  ["ALTALUNE_LISTEN_URL", ["http://h/d"], ["postgres://h/d"]],
  ["ALTALUNE_CACHE_LEASE", ["soon", "-5s", "0s", "30", "10M", "999ms", "11m"], ["30s", "1000ms", "1s", "10m"]],
  ["ALTALUNE_WORKERS", ["0", "65", "one"], ["1", "64"]],
  [
    "ALTALUNE_CORS_ORIGINS",
    [
      "web.example.org",
      "https://a/b",
      "https://a.example.com/",
      "null",
      "https://*.example.com",
      "https://a.example.com:443",
    ],
    [
      "*",
      "https://a.example.com",
      "https://a.example.com, http://localhost:3000",
      ",",
      "capacitor://localhost, chrome-extension://abc",
    ],
  ],
  [
    "ALTALUNE_PUBLIC_URL",
    [
      "keys.example.org",
      "https://keys.example.org/altalune",
      "https://keys.example.org?",
      "ftp://keys.example.org",
      "//x",
      "https://a.example/#b",
      "https://u@a.example",
      "https://:1",
    ],
    ["https://keys.example.com", "https://keys.example.com/", "http://localhost:8080"],
  ],
  ["ALTALUNE_REGISTRATION", ["closed", "yes"], ["open", "invitation"]],
  ["ALTALUNE_WEBHOOK_ALLOW", ["everybody", "10.0.0.0/33", "*"], ["loopback", "10.0.0.0/8, ::1"]],
  ["ALTALUNE_JOBS", ["yes", "1"], ["on", "off"]],
  [
    "ALTALUNE_SMTP_URL",
    [
      ...["mail.example.org", "http://mail.example.org", "smtp:mail.example.org", "smtp:///", "smtps:///inbox"],
      ...["smtp://user@mail.example.org", "smtp://:s3cret@mail.example.org", "smtp://u:%zz@mail.example.org"],
      ...["smtp://mail.example.org/queue", "smtp://mail.example.org?pool=true", "smtp://mail.example.org#a"],
      ...["smtp://mail.example.org:0", "smtp://mail.example.org:65536", "smtp://mail.example.org\r\n", "smtp://a b"],
      ...["smtp://mail%2eexample.org", "smtp://mail.example.org,other.example.org"],
    ],
    [
      ...["smtp://mail.example.com", "smtps://mail.example.com:2465", "smtp://user:p%40ss@mail.example.com:587"],
      ...["smtp://localhost:1025", "smtp://127.0.0.1:25/", "smtp://[::1]:25"],
    ],
  ],
  [
    "ALTALUNE_MAIL_FROM",
    [
      ...[
        "keys",
        "team@",
        "<keys@example.org>, other@example.org",
        "Keys <keys@example.org",
        "keys@example.org\r\nBcc: x",
      ],
      ...[
        "Keys\r\n<keys@example.org>",
        '"Keys" <keys@example.org>',
        "a b@example.org",
        "keys@example.org,x@example.org",
      ],
    ],
    ["keys@example.com", "Altalune <keys@example.com>", "Schlüssel & Co. <keys@example.com>", "<keys@mail-1>"],
  ],
  [
    "ALTALUNE_EGRESS_ALLOW",
    ["everybody", "10.0.0.0/33", "10.1/16", "127.1", "*"],
    ["loopback", "10.0.0.0/8, ::1", "fd00::/8", "192.168.1.7"],
  ],
  [
    "ALTALUNE_TRUSTED_PROXIES",
    ["everybody", "10.0.0.0/33", "10.2.3", "10.1/16", "300.1.1.1", "127.1", "0x7f.1", "::ffff:0.0.0.0/80"],
    ["loopback", "10.0.0.0/8, ::1", "fd00::/8", "::ffff:10.0.0.0/104"],
  ],
  [
    "ALTALUNE_OIDC_ISSUER",
    [
      ...["accounts.example.org", "http://accounts.example.org", "ftp://accounts.example.org", "//x"],
      ...["https://accounts.example.org?a=b", "https://accounts.example.org#a", "https://u:p@accounts.example.org"],
      ...["http://localhost.example.org", "http://128.0.0.1"],
    ],
    [
      ...["https://accounts.example.com", "https://accounts.example.com/", "https://id.example.com/realms/a"],
      ...["http://localhost:9000", "http://127.0.0.1:9000/a", "http://[::1]:9000"],
    ],
  ],
  ["ALTALUNE_OIDC_CLIENT_ID", ["two words", "x".repeat(1025)], ["altalune", "https://keys.example.com"]],
  ["ALTALUNE_OIDC_CLIENT_SECRET", ["two words", "a-line\n", "x".repeat(1025)], ["!".repeat(64)]],
  ["ALTALUNE_OIDC_ROLE_CLAIM", ["two words", "x".repeat(1025)], ["roles", "https://keys.example.com/role"]],
  [
    "ALTALUNE_GATEWAY_LISTEN",
    [
      ...["9999", "127.0.0.2", ":9999", "127.0.0.1:65536", "::1:8081", "http://127.0.0.1:8081", "127.0.0.1:8081/"],
      ...["0.0.0.0:8081", "[::]:8081", "10.0.0.1:8081", "gateway.internal:8081", "128.0.0.1:1", "[::ffff:10.0.0.1]:1"],
    ],
    ["127.0.0.1:8081", "127.9.9.9:0", "[::1]:65535", "localhost:8081", "[::ffff:127.0.0.1]:1"],
  ],
  ["ALTALUNE_GATEWAY_ROOT_KEY_ID", ["short", `alt_root_${"x".repeat(49)}`, "23456789ABCDEF"], ["23456789abcdef"]],
  ["ALTALUNE_GATEWAY_TRUST_NETWORK", ["0", "yes", "true"], ["1"]],
  ["LOG_LEVEL", ["loud", "INFO"], ["trace", "debug", "info", "warn", "error", "fatal", "silent"]],
])("%s is checked, and a fault names it and not its value", (name, bad, good) => {
  const rest = companions[name] ?? {};
  for (const value of bad) {
    const faults = faultsOf({ ...rest, [name]: value });
    expect({ value, faults }).toEqual({ value, faults: [expect.stringMatching(new RegExp(`^${name} must `))] });
    if (value.length > 4) {
      expect(faults.join()).not.toContain(value);
    }
  }
  for (const value of good) {
    expect({ value, faults: faultsOf({ ...rest, [name]: value }) }).toEqual({ value, faults: [] });
  }
});

test("what belongs together is asked for together", () => {
  expect(faultsOf({ DATABASE_URL: "postgres://h/d" })).toEqual([
    expect.stringMatching(
      /^ALTALUNE_MASTER_KEY must be set together with DATABASE_URL, .*`npx altalune master-key create`/,
    ),
  ]);
  expect(faultsOf({ ALTALUNE_LISTEN_URL: "postgres://h/d" })).toEqual([
    expect.stringMatching(/^ALTALUNE_LISTEN_URL goes with DATABASE_URL/),
  ]);
  expect(faultsOf({ ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:8081" })).toEqual([
    expect.stringMatching(/^ALTALUNE_GATEWAY_ROOT_KEY_ID must be set together with ALTALUNE_GATEWAY_LISTEN/),
  ]);
  for (const [name, value] of [
    ["ALTALUNE_GATEWAY_ROOT_KEY_ID", "23456789abcdef"],
    ["ALTALUNE_GATEWAY_TRUST_NETWORK", "1"],
  ] as const) {
    expect(faultsOf({ [name]: value })).toEqual([`${name} goes with ALTALUNE_GATEWAY_LISTEN`]);
  }
  for (const name of ["ALTALUNE_OIDC_ISSUER", "ALTALUNE_OIDC_CLIENT_ID", "ALTALUNE_OIDC_CLIENT_SECRET"] as const) {
    expect(faultsOf({ ...oidc, [name]: "" })).toEqual([
      `${name} must be set: ALTALUNE_OIDC_ISSUER, ALTALUNE_OIDC_CLIENT_ID, ALTALUNE_OIDC_CLIENT_SECRET go together`,
    ]);
  }
  expect(faultsOf({ ALTALUNE_OIDC_ROLE_CLAIM: "roles" })).toHaveLength(3);
  expect(faultsOf({ ALTALUNE_SMTP_URL: "smtp://mail.example.com" })).toEqual([
    "ALTALUNE_MAIL_FROM must be set together with ALTALUNE_SMTP_URL: mail comes from it",
  ]);
  expect(faultsOf({ ALTALUNE_MAIL_FROM: "keys@example.com" })).toEqual([
    "ALTALUNE_MAIL_FROM goes with ALTALUNE_SMTP_URL",
  ]);
  expect(faultsOf({ ...oidc, HOST: "0.0.0.0" })).toEqual([
    expect.stringMatching(/^ALTALUNE_PUBLIC_URL must be set together with ALTALUNE_OIDC_ISSUER/),
  ]);
  expect(faultsOf({ ...oidc, HOST: "0.0.0.0", ALTALUNE_PUBLIC_URL: "https://keys.example.com" })).toEqual([]);
  for (const one of ["TLS_CERT", "TLS_KEY"]) {
    expect(faultsOf({ [one]: "/a.pem" })).toEqual([
      expect.stringMatching(/^TLS_CERT and TLS_KEY must be set together/),
    ]);
  }
  expect(readConfig({ TLS_CERT: "/a.pem", TLS_KEY: "/b.pem" }).tls).toEqual({
    certificate: "/a.pem",
    key: "/b.pem",
  });
});

test("all faults are told at once", () => {
  const faults = faultsOf({ PORT: "x", LOG_LEVEL: "x", ALTALUNE_ROOT_KEY: "x", TLS_KEY: "x", DATABASE_URL: "x" });
  expect(faults).toHaveLength(6);
  expect(() => readConfig({ PORT: "x", LOG_LEVEL: "x" })).toThrow(
    /^the configuration has 2 faults:\n {2}PORT .*\n {2}LOG/,
  );
});

test("each variable may be in a file that its _FILE form names, and a line's end is no part of it", () => {
  const file = (value: string): string => {
    const path = join(inject("scratchDir"), `variable-${randomUUID()}`);
    writeFileSync(path, `${value}\n`);
    return path;
  };
  const values: Readonly<Record<string, string>> = {
    DATABASE_URL: "postgres://h/d",
    HOST: "::1",
    PORT: "1234",
    ALTALUNE_DATA_DIR: "/data",
    ALTALUNE_ROOT_KEY: "r".repeat(32),
    ALTALUNE_MASTER_KEY: masterKey,
    ALTALUNE_MASTER_KEY_PREVIOUS: masterKey,
    ALTALUNE_LISTEN_URL: "postgres://l/d",
    ALTALUNE_DATABASE_POOL: "9",
    ALTALUNE_CACHE_LEASE: "9s",
    ALTALUNE_WORKERS: "2",
    ALTALUNE_CORS_ORIGINS: "https://a.example.com",
    ALTALUNE_PUBLIC_URL: "https://keys.example.com",
    ALTALUNE_REGISTRATION: "open",
    ALTALUNE_TRUSTED_PROXIES: "loopback",
    ALTALUNE_EGRESS_ALLOW: "10.0.0.0/8",
    ALTALUNE_WEBHOOK_ALLOW: "10.0.0.0/8",
    ALTALUNE_JOBS: "off",
    ...mail,
    ...oidc,
    ALTALUNE_OIDC_ROLE_CLAIM: "roles",
    ALTALUNE_GITHUB_KEYS_URL: "https://api.github.com/meta/public_keys/secret_scanning",
    ALTALUNE_GITHUB_KEYS: keysAnswer(newPair()),
    ALTALUNE_GATEWAY_LISTEN: "0.0.0.0:8081",
    ALTALUNE_GATEWAY_ROOT_KEY_ID: "23456789abcdef",
    ALTALUNE_GATEWAY_TRUST_NETWORK: "1",
    ALTALUNE_GRAPHQL: "on",
    ALTALUNE_GRAPHQL_INTROSPECTION: "on",
    ALTALUNE_CONSOLE: "off",
    LOG_LEVEL: "warn",
    TLS_CERT: "/a.pem",
    TLS_KEY: "/b.pem",
  };
  expect(Object.keys(values)).toEqual(Object.keys(environment.shape));
  const files = Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}_FILE`, file(value)]));
  expect(readConfig(files)).toEqual(readConfig(values));
  expect(readConfig({ ...values, ALTALUNE_MASTER_KEY: `${masterKey}\n` })).toEqual(readConfig(values));
  expect(faultsOf({ PORT: "1", PORT_FILE: file("2") })).toEqual(["PORT and PORT_FILE must not be set together"]);
  expect(faultsOf({ PORT_FILE: "/nowhere/port" })).toEqual(["PORT_FILE must name a file that can be read: ENOENT"]);
});

test.each(["http://keys.example.com", "http://10.0.0.7:8080", "http://localhost.example.com", "http://[::2]:8080"])(
  "people do not come over http from other machines, as %s would have it",
  (url) => {
    expect(faultsOf({ ALTALUNE_PUBLIC_URL: url })).toEqual([
      "ALTALUNE_PUBLIC_URL must begin with https unless it is this machine's own, such as http://localhost:8080: sessions travel by it",
    ]);
  },
);

test.each(["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "https://10.0.0.7"])(
  "people come by %s",
  (url) => {
    expect(readConfig({ ALTALUNE_PUBLIC_URL: url }).publicUrl).toBe(url);
  },
);

test.each([
  [
    "smtps://u:p%40%3A@mail.example.com",
    { port: 465, isSecure: true, requiresTls: true, credentials: { user: "u", password: "p@:" } },
  ],
  ["smtp://u:p@mail.example.com", { port: 587, isSecure: false, requiresTls: true }],
  ["smtp://mail.example.com:25", { port: 25, isSecure: false, requiresTls: false, credentials: undefined }],
  ["smtp://u:p@localhost:1025", { port: 1025, isSecure: false, requiresTls: false }],
  ["smtp://u:p@[::1]", { host: "::1", port: 587, requiresTls: false }],
])("mail is handed over at %s as that says", (url, server) => {
  expect(readConfig({ ...mail, ALTALUNE_SMTP_URL: url }).mail).toMatchObject({
    server,
    from: { name: "Altalune", address: "keys@example.com" },
  });
});
