import { join } from "node:path";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";

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
  return await startEmbeddedPostgres({
    dataDir: join(scratchDir, "server"),
    // Commits stay synchronous, as in production; they only skip the disk.
    settings: { fsync: "off", full_page_writes: "off", max_connections: "400", ...quickCopy },
  });
}
