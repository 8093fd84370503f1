import { join } from "node:path";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";
import { withServer } from "./run-databases.js";

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Lets the file system copy a template's files, which shares their blocks where it can. */
const quickCopy: Readonly<Record<string, string>> = process.platform === "win32" ? {} : { file_copy_method: "clone" };

/** The server that TEST_DATABASE_URL names, else one of our own that trades safety for speed. */
export async function startTestServer(scratchDir: string): Promise<TestServer> {
  const shared = process.env["TEST_DATABASE_URL"];
  if (shared) {
    return { url: shared, stop: async () => undefined };
  }
  const server = await startEmbeddedPostgres({
    dataDir: join(scratchDir, "server"),
    // Commits stay synchronous, as in production; they only skip the disk. Nobody vacuums what lives for seconds.
    settings: { fsync: "off", full_page_writes: "off", max_connections: "400", autovacuum: "off", ...quickCopy },
  });
  await letPasswordsBeQuick(server.url);
  return server;
}

/** A run connects thousands of times, and to make the check of a password slow is for passwords that people choose. */
async function letPasswordsBeQuick(url: string): Promise<void> {
  const { username, password } = new URL(url);
  await withServer(url, async (client) => {
    const [role, secret] = [client.escapeIdentifier(username), client.escapeLiteral(decodeURIComponent(password))];
    await client.query(`set scram_iterations = 1; alter role ${role} password ${secret}`);
  });
}
