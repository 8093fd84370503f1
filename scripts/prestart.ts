/** Builds what `npm start` runs; in a checkout that was built before and has no compiler (`npm ci --omit=dev`), nothing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

if (existsSync("node_modules/typescript")) {
  const { status } = spawnSync("npm", ["run", "--silent", "build"], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.exitCode = status ?? 1;
} else if (!existsSync("dist/bundle/cli/main.js")) {
  process.stderr.write("altalune: nothing is built, and there is no compiler: run npm ci && npm run build once\n");
  process.exitCode = 1;
}
