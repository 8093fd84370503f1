import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findTool } from "./tools.js";

/** What of Go's library the programs import that tests run. */
const packages = ["encoding/json", "flag", "log", "net/http"];

/**
 * Has Go's library built before the first test: a machine on which Go has built nothing yet takes a minute of a core for it,
 * and several where the tests keep both busy. Built once, it takes no time.
 */
export default async function setup(): Promise<void> {
  const go = findTool("go");
  if (go !== undefined) {
    // A Go that cannot is told by the tests that need it.
    await promisify(execFile)(go, ["build", ...packages]).catch(() => undefined);
  }
}
