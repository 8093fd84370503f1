/**
 * Writes docs/openapi.json, the routes of REST as OpenAPI 3.1, from the protos, the scopes in src/server/call/rpc-table.ts and
 * what the domains' listings can be filtered by. With `--check` it writes nothing, and fails when the file is not what it
 * would write.
 *
 * It reads the compiled product (compiled-product.mjs), so `npm run build` comes first.
 */

import { readContract } from "./contract.js";
import { openApiDocument } from "./openapi/document.js";
import { readProduct } from "./product.js";
import { writeOrCheck } from "./write-or-check.js";

const document = openApiDocument(readContract(), await readProduct());
writeOrCheck("docs/openapi.json", `${JSON.stringify(document, null, 2)}\n`);
