export { resolveDataDir } from "./data-dir.js";
export { DataDirInUseError, EmbeddedPostgresError } from "./errors.js";
export type { EmbeddedPostgres, EmbeddedPostgresOptions, PostgresExit, ServerLogger } from "./interface.js";
export { startEmbeddedPostgres } from "./start.js";
