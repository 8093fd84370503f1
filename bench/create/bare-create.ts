/**
 * What a user would write by hand to create keys: node:http, JSON.parse, a random key, SHA-256, and one transaction of three
 * inserts by pg. No cap, no names that must be free, no trail that shows tampering.
 */
import { hash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import pg from "pg";
import { announcePort } from "../verify/subject-port.js";

interface Asked {
  readonly projectId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly expiration: string;
  readonly scopes: readonly string[];
  readonly metadata: object;
}

const [databaseUrl = ""] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 25 });
await pool.query(`
  create schema bare;
  create table bare.keys (
    id bigint generated always as identity primary key, project_id text not null, name text not null, owner_id text not null,
    prefix text not null, scopes text[] not null, metadata jsonb not null, expires_at timestamptz not null,
    created_at timestamptz not null default now()
  );
  create index on bare.keys (project_id, owner_id);
  create table bare.secrets (digest bytea primary key, key_id bigint not null references bare.keys (id));
  create table bare.events (
    id bigint generated always as identity primary key, project_id text not null, actor text not null, action text not null,
    key_id bigint not null, detail jsonb not null, occurred_at timestamptz not null default now()
  );
`);

async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = JSON.parse(await text(request)) as Asked;
  const value = `sk-${randomBytes(32).toString("base64url")}`;
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ id: string; created_at: Date }>(
      `insert into bare.keys (project_id, name, owner_id, prefix, scopes, metadata, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7) returning id, created_at`,
      [asked.projectId, asked.name, asked.ownerId, value.slice(0, 7), asked.scopes, asked.metadata, asked.expiration],
    );
    const id = rows[0]?.id;
    await client.query("insert into bare.secrets (digest, key_id) values ($1, $2)", [
      hash("sha256", value, "buffer"),
      id,
    ]);
    await client.query(
      "insert into bare.events (project_id, actor, action, key_id, detail) values ($1, $2, $3, $4, $5)",
      [asked.projectId, "me", "created", id, { name: asked.name, owner_id: asked.ownerId }],
    );
    await client.query("commit");
    const answer = JSON.stringify({ apiKey: { id, ...asked, createTime: rows[0]?.created_at }, keyValue: value });
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
    response.end(answer);
  } finally {
    client.release();
  }
}

announcePort(createServer((request, response) => void create(request, response)));
