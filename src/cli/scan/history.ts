import { type Finding, type Findings, printable } from "./findings.js";
import { type Git, type GitOptions, git, gitText, missingObject, parts } from "./git.js";
import { type ObjectHead, type ObjectReader, readObjects } from "./git-objects.js";
import { type Found, KeyFinder } from "./key-finder.js";
import type { Tally } from "./tally.js";

const places: Readonly<Record<string, string>> = { commit: "a commit's message", tag: "a tag's message" };

/** Looks through every version of every file that a repository's history has, and through what commits and tags say. */
export async function scanHistory(options: GitOptions, findings: Findings, tally: Tally): Promise<void> {
  // Of a folder within a repository, its own part. Git leaves branches out that came to nothing, unless it is told not to.
  const isWhole = (await gitText(["rev-parse", "--show-prefix"], options)).trim() === "";
  const all = isWhole ? ["--all"] : ["--all", "--full-history"];
  const place = isWhole ? [] : ["--", "."];
  tally.expectedCommits += Number(await gitText(["rev-list", ...all, "--count", ...place], options));
  const listings = [
    ["rev-list", ...all, ...place],
    ["for-each-ref", "--format=%(objectname)", "refs/tags"],
    ["rev-list", ...all, "--objects", "--filter=object:type=blob", "--filter-provided-objects", ...place],
  ];
  await scanObjects(options, listed(listings, options), tally, (found, where, id) => findings.add(found, where, id));
}

async function* listed(listings: readonly (readonly string[])[], options: GitOptions): AsyncGenerator<string> {
  for (const listing of listings) {
    const printed = git(listing, options);
    for await (const line of parts(printed, "\n")) {
      yield `${line}\n`;
    }
    await printed.ended;
  }
}

/** Looks through what the next commit adds or changes. */
export async function scanStaged(options: GitOptions, findings: Findings, tally: Tally): Promise<void> {
  const inHook = { ...options, inHook: true };
  const args = ["diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--diff-filter=d"];
  await scanObjects(inHook, staged(git(args, inHook)), tally, (found, where) => findings.add(found, where));
}

async function* staged(listing: Git): AsyncGenerator<string> {
  const changes = parts(listing, "\0");
  for await (const change of changes) {
    const [, mode = "", , id = ""] = change.split(" ");
    const path = (await changes.next()).value ?? "";
    // The commit of a submodule is an object of another repository.
    if (mode !== "160000") {
      yield `${id} ${path.replaceAll("\n", "?")}\n`;
    }
  }
  await listing.ended;
}

async function scanObjects(
  options: GitOptions,
  wanted: AsyncIterable<string>,
  tally: Tally,
  onFound: (found: Found, place: string, object: string) => void,
): Promise<void> {
  const open = ({ id, type, rest }: ObjectHead): ObjectReader => {
    tally.object(type);
    const place = places[type] ?? printable(rest);
    const finder = new KeyFinder((found) => onFound(found, place, id));
    return {
      push(bytes) {
        finder.push(bytes);
        tally.read(bytes.length);
      },
    };
  };
  await readObjects(options, wanted, open, (id) => tally.fault(missingObject(id)));
}

/**
 * The commit that has brought each of some objects, the first by its time; of a commit's message, that commit.
 *
 * @returns by the objects' ids
 */
export async function commitsOf(options: GitOptions, found: readonly Finding[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(found.flatMap(({ objects }) => objects));
  const commits = new Map<string, string>();
  // What `-m` does is the repository's to say, such as to merge anew, by a program that it names.
  const merges = "--diff-merges=separate";
  const args = ["log", "--all", "--reverse", "--raw", "--no-abbrev", merges, "--no-renames", "--format=%x00%H"];
  const log = git(args, options);
  let commit = "";
  for await (const line of parts(log, "\n")) {
    if (line.startsWith("\0")) {
      commit = line.slice(1);
      if (wanted.delete(commit)) {
        commits.set(commit, commit);
      }
    } else {
      const [, , , id = ""] = line.split(" ");
      if (wanted.delete(id)) {
        commits.set(id, commit);
      }
    }
    if (wanted.size === 0) {
      log.kill();
      break;
    }
  }
  await log.ended;
  return commits;
}
