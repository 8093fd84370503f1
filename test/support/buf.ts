import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = new URL("../../node_modules/", import.meta.url);
const arch = process.platform === "linux" && process.arch === "arm64" ? "aarch64" : process.arch;
const native = fileURLToPath(new URL(`@bufbuild/buf-${process.platform}-${arch}/bin/buf`, packages));

/** The `buf` program itself where npm has put it; its command is a Node process, which takes longer than buf does. */
export const buf = existsSync(native) ? native : fileURLToPath(new URL(".bin/buf", packages));
