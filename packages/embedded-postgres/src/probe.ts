import { stat } from "node:fs/promises";
import type { Client } from "pg";
import { connect, type Endpoint } from "./connect.js";
import { errorCode } from "./error-code.js";
import { database } from "./names.js";

/**
 * - `ready`: it serves this cluster and takes our password
 * - `busy`: it serves, and has no connection left
 * - `waking`: it starts or stops
 * - `locked`: it does not take our password
 * - `silent`: nothing answers there, or something else does
 */
export type Probe = "ready" | "busy" | "waking" | "locked" | "silent";

/** Asks by a real connection, and makes the database if a start was cut off before that. */
export async function probe(endpoint: Endpoint, pgData: string): Promise<Probe> {
  try {
    const client = await connect(endpoint, { to: "postgres" });
    try {
      if (!(await serves(client, pgData))) {
        return "silent";
      }
      await ensureDatabase(client);
      return "ready";
    } finally {
      await client.end();
    }
  } catch (error) {
    return meaningOf(errorCode(error));
  }
}

/** By device and inode: the same folder goes by several names. */
async function serves(client: Client, pgData: string): Promise<boolean> {
  const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder");
  const [served, ours] = await Promise.all([stat(rows[0]?.folder ?? ""), stat(pgData)]);
  return served.ino === ours.ino && served.dev === ours.dev;
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rows } = await client.query("select from pg_database where datname = $1", [database]);
  if (rows.length > 0) {
    return;
  }
  try {
    await client.query(`create database ${database}`);
  } catch (error) {
    const madeMeanwhile = ["42P04", "23505"].includes(errorCode(error) ?? "");
    if (!madeMeanwhile) {
      throw error;
    }
  }
}

function meaningOf(code: string | undefined): Probe {
  switch (code) {
    case "57P03": // cannot_connect_now
    case "57P01": // admin_shutdown
      return "waking";
    case "53300": // too_many_connections
      return "busy";
    case "28P01": // invalid_password
    case "28000": // invalid_authorization_specification
      return "locked";
    default:
      return "silent";
  }
}
