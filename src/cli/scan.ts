import { stat } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { isOwnPrefix } from "../domain/project/model.js";
import { scanFile, scanFolder, scanKeptFiles } from "./scan/files.js";
import { type Finding, Findings } from "./scan/findings.js";
import { GitError, type GitOptions, gitText } from "./scan/git.js";
import { commitsOf, scanHistory, scanStaged } from "./scan/history.js";
import { Tally } from "./scan/tally.js";
import { type AskAbout, askerAt, harmless, type Standing } from "./scan/verify.js";
import { UsageError } from "./usage-error.js";

const exitCodes = { none: 0, found: 1, unanswered: 2 } as const;

interface ScanOptions {
  readonly history: boolean;
  readonly staged?: true;
  readonly verify?: string;
}

export function scanCommand(): Command {
  return new Command("scan")
    .description("find keys in files and git histories, by their checksums; no database is needed")
    .argument("[path...]", "folders and files; without any: this folder")
    .option("--no-history", "look through files alone")
    .option("--staged", "look through what the next commit adds alone, as a hook before it")
    .option(
      "--verify <url>",
      "ask that service which of them live, by the root key in ALTALUNE_ROOT_KEY; others do not count then",
    )
    .addHelpText("after", "\nExit codes: 0 when no key was found, 1 when one was, 2 when that could not be found out.")
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : exitCodes.unanswered, code, message);
    })
    .action(scan);
}

async function scan(paths: readonly string[], options: ScanOptions): Promise<void> {
  process.exitCode = exitCodes.unanswered;
  const ask = options.verify === undefined ? undefined : askerAt(options.verify, process.env);
  if (options.staged && paths.length > 0) {
    throw new UsageError("--staged looks through what is staged here: give no path beside it");
  }
  const tally = new Tally();
  const reports: Report[] = [];
  try {
    for (const [i, path] of (paths.length === 0 ? ["."] : paths).entries()) {
      reports.push(await scanPath(path, i, options, tally));
    }
  } catch (error) {
    tally.clear();
    throw error instanceof GitError ? new UsageError(error.message) : error;
  }
  tally.clear();
  const standings = await standingsOf(reports, ask);
  const counted = print(reports, standings);
  const dropped = reports.reduce((sum, { findings }) => sum + findings.dropped, 0);
  tally.end(outcomeOf(reports, counted, dropped));
  if (counted + dropped > 0) {
    process.exitCode = exitCodes.found;
  } else if (tally.faults.length === 0) {
    process.exitCode = exitCodes.none;
  }
}

/** What was found below one path, and the commits that have brought it. */
interface Report {
  readonly findings: Findings;
  readonly commits: ReadonlyMap<string, string>;
}

const noCommits: ReadonlyMap<string, string> = new Map();

async function scanPath(path: string, place: number, { history, staged }: ScanOptions, tally: Tally): Promise<Report> {
  const findings = new Findings();
  // Not repeated: it may be a key, which belongs in no argument.
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`path ${place + 1} cannot be read: ${error.code}`);
  });
  if (!found.isDirectory()) {
    scanFile(path, findings, tally, true);
    return { findings, commits: noCommits };
  }
  const git = { cwd: path };
  if (staged) {
    await scanStaged(git, findings, tally);
    return { findings, commits: noCommits };
  }
  const repository = await repositoryAt(git);
  if (repository === undefined) {
    await scanFolder(path, findings, tally);
    return { findings, commits: noCommits };
  }
  if (repository === "work tree") {
    await scanKeptFiles(path, git, findings, tally);
  }
  if (history) {
    await scanHistory(git, findings, tally);
  }
  const inHistory = findings.all.filter(({ objects }) => objects.length > 0);
  return { findings, commits: inHistory.length === 0 ? noCommits : await commitsOf(git, inHistory) };
}

/** Undefined: the folder is in no repository. */
async function repositoryAt(git: GitOptions): Promise<"work tree" | "bare" | undefined> {
  try {
    return (await gitText(["rev-parse", "--is-inside-work-tree"], git)).trim() === "true" ? "work tree" : "bare";
  } catch (error) {
    if (error instanceof GitError && /not a git repository/i.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}

/** By the keys' values; a secret of another kind is none that could be asked about. */
async function standingsOf(
  reports: readonly Report[],
  ask: AskAbout | undefined,
): Promise<ReadonlyMap<string, Standing>> {
  const values = reports.flatMap(({ findings }) => findings.all).map(({ value }) => value);
  const keys = [...new Set(values)].filter((value) => !isOwnPrefix(value));
  return ask === undefined || keys.length === 0 ? new Map() : ask(keys);
}

/** @returns how many keys count that were found */
function print(reports: readonly Report[], standings: ReadonlyMap<string, Standing>): number {
  const counted = new Set<string>();
  for (const { findings, commits } of reports) {
    for (const finding of findings.all) {
      const standing = standings.get(finding.value);
      if (standing === undefined || !harmless.has(standing)) {
        counted.add(finding.value);
      }
      process.stdout.write(`${lineOf(finding, commits)}${standing === undefined ? "" : `; it ${standing}`}\n`);
    }
  }
  return counted.size;
}

function lineOf({ place, line, shown, objects }: Finding, commits: ReadonlyMap<string, string>): string {
  const [first] = objects;
  if (first === undefined) {
    return `${place}:${line}: ${shown}`;
  }
  const commit = objects.map((object) => commits.get(object)).find((known) => known !== undefined);
  const brought = commit === undefined ? `object ${first.slice(0, 12)}` : `commit ${commit.slice(0, 12)}`;
  const versions = objects.length === 1 ? "" : `, in ${objects.length} versions`;
  return `${place}:${line}: ${shown} (${brought}${versions})`;
}

function outcomeOf(reports: readonly Report[], counted: number, dropped: number): string {
  const found = reports.reduce((sum, { findings }) => sum + findings.all.length, 0);
  if (found === 0) {
    return "no key was found";
  }
  const more = dropped === 0 ? "" : `, and ${dropped} more that are not listed`;
  return `${counted} ${counted === 1 ? "key counts" : "keys count"} that ${found === 1 ? "was found at 1 place" : `were found at ${found} places`}${more}`;
}
