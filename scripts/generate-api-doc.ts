/**
 * Writes docs/api.md from the protos, the scopes in src/server/call/rpc-table.ts, the routes and the domains'
 * errors. With `--check` it writes nothing, and fails when the page is not what it would write.
 *
 * It reads the compiled product (compiled-product.mjs), so `npm run build` comes first.
 */
import { apiPage } from "./api-doc/page.js";
import { readContract } from "./contract.js";
import { readProduct } from "./product.js";
import { writeOrCheck } from "./write-or-check.js";

writeOrCheck("docs/api.md", apiPage(readContract(), await readProduct()));
