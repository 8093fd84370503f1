import { join } from "node:path";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server that TEST_DATABASE_URL names, else one of our own that trades safety for speed. */
export async function startTestServer(scratchDir: string): Promise<TestServer> {
  const shared = process.env["TEST_DATABASE_URL"];
  if (shared) {
    return { url: shared, stop: async () => undefined };
  }
  return await startEmbeddedPostgres({
    dataDir: join(scratchDir, "server"),
    // Commits stay synchronous, as in production; they only skip the disk.
    settings: { fsync: "off", full_page_writes: "off", max_connections: "400" },
  });
}
