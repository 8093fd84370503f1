import { connect, type Endpoint } from "./connect.js";

/** One above the owner's: every command that joined holds it shared. */
const guestLock = 0x616c74616c756e66n;

const timeoutMs = 10_000;

/** Marks that this process uses a server that it does not own, until the returned function is called. */
export async function joinAsGuest(endpoint: Endpoint): Promise<() => Promise<void>> {
  const client = await connect(endpoint);
  try {
    await client.query("select pg_advisory_lock_shared($1::bigint)", [String(guestLock)]);
  } catch (error) {
    await client.end();
    throw error;
  }
  client.unref();
  return () => {
    client.ref();
    return client.end();
  };
}

/** Waits, for a while, until nobody uses the server but its owner. */
export async function untilGuestsLeft(endpoint: Endpoint): Promise<void> {
  const client = await connect(endpoint);
  try {
    await client.query("select set_config('lock_timeout', $1, false)", [String(timeoutMs)]);
    // Not given back: who comes now waits behind us, loses the connection when the server stops, and starts it anew.
    await client.query("select pg_advisory_lock($1::bigint)", [String(guestLock)]);
  } catch (error) {
    await client.end();
    throw error;
  }
}
