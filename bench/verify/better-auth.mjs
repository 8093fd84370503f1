// better-auth's api-key plugin behind a bare HTTP handler, and called in this process. Its types are not ours to check:
// what this file imports is installed in bench/ alone.
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import pg from "pg";

const [databaseUrl, keysFile] = process.argv.slice(2);
const keys = JSON.parse(readFileSync(keysFile, "utf8"));
const pool = new pg.Pool({ connectionString: databaseUrl, max: 25 });
const options = {
  database: pool,
  secret: randomUUID() + randomUUID(),
  baseURL: "http://127.0.0.1",
  telemetry: { enabled: false },
  plugins: [apiKey({ rateLimit: { enabled: false }, enableMetadata: true })],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
await fill();

const permissions = { orders: ["read"] };
const verify = (key) => auth.api.verifyApiKey({ body: { key, permissions } });

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const { key } = JSON.parse(Buffer.concat(chunks).toString());
    const answer = JSON.stringify(await verify(key));
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("disconnect", () => process.exit());

process.on("message", async (job) => {
  try {
    process.send({ result: await runHere(job) });
  } catch (error) {
    process.send({ failure: String(error) });
  }
});

/** Closed loops in this process, as many as the load would have connections. */
async function runHere({ keys: count, connections, warmUpMs, durationMs }) {
  let measuring = false;
  let stopped = false;
  const latencies = [];
  const loops = Array.from({ length: connections }, async () => {
    while (!stopped) {
      const since = performance.now();
      const { valid } = await verify(keys[Math.floor(Math.random() * count)]);
      if (!valid) {
        throw new Error("a key is not valid");
      }
      if (measuring) {
        latencies.push(performance.now() - since);
      }
    }
  });
  const failed = Promise.all(loops);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await Promise.race([failed, pause(warmUpMs)]);
  measuring = true;
  const since = performance.now();
  const before = process.cpuUsage();
  await Promise.race([failed, pause(durationMs)]);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - since) / 1000;
  stopped = true;
  await failed;
  const sorted = Float64Array.from(latencies).sort();
  const percentile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return {
    calls: sorted.length,
    seconds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    cpuMs: (user + system) / 1000,
  };
}

/** One is created by the plugin, so that the others are written as it writes them. */
async function fill() {
  const userId = randomUUID();
  await pool.query(
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") values ($1, 'bench', 'bench@example.com', true, now(), now())`,
    [userId],
  );
  const made = await auth.api.createApiKey({
    body: { userId, name: "key", permissions: { orders: ["read", "write"] }, prefix: "sk-" },
  });
  const { rows } = await pool.query(`select * from apikey where id = $1`, [made.id]);
  const names = Object.keys(rows[0]);
  const columns = names.map((name) => `"${name}"`).join(", ");
  const values = names.map((name) => (name === "id" ? "given.id" : name === "key" ? "given.key" : `like_it."${name}"`));
  for (let start = 0; start < keys.length; start += 5_000) {
    const part = keys.slice(start, start + 5_000);
    await pool.query(
      `insert into apikey (${columns}) select ${values.join(", ")}
       from apikey like_it, unnest($2::text[], $3::text[]) as given (id, key) where like_it.id = $1`,
      [made.id, part.map(() => randomUUID()), part.map((key) => createHash("sha256").update(key).digest("base64url"))],
    );
  }
  await pool.query("vacuum analyze apikey");
}
