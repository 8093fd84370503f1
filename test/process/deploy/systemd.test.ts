import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { needTool } from "../../support/tools.js";

const unit = "deploy/systemd/altalune.service";

test("the systemd unit is one that systemd takes, and is exposed by at most 2.0 of 10", async ({ skip }) => {
  const systemd = needTool(skip, "systemd-analyze");
  const analyze = (...args: readonly string[]) => promisify(execFile)(systemd, [...args, "--no-pager"]);
  // A threshold is given in tenths; beyond it the exit code is 1.
  const { stdout } = await analyze("security", "--offline=true", "--threshold=20", unit);
  expect(Number(/Overall exposure level for altalune.service: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(2);
  const here = join(inject("scratchDir"), "altalune.service");
  await writeFile(here, readFileSync(unit, "utf8").replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
  const { stderr } = await analyze("verify", here);
  expect(stderr).not.toMatch(/altalune\.service:\d+|Unknown|Failed to parse/);
});
