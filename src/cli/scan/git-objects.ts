import { pipeline } from "node:stream/promises";
import { GitError, type GitOptions, git } from "./git.js";

/** An object of git's, and what of it is read. */
export interface ObjectReader {
  push(bytes: Buffer): void;
}

/** What git says of an object before its bytes. */
export interface ObjectHead {
  readonly id: string;
  readonly type: string;
  /** What was said of it when it was asked for, such as its path. */
  readonly rest: string;
}

/** What git says of each object that it is asked for: a line, and then as many bytes as that says, and the end of a line. */
const format = "%(objectname) %(objecttype) %(objectsize) %(rest)";

/** Why git is asked no more where it has ended before, which itself tells why. */
const gitHasEnded: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);

/**
 * Reads objects as they come, and none of them as a whole: some are larger than memory.
 *
 * @param wanted a line for each object: its id, and after a space what is to be said of it again
 * @param open what reads an object
 * @param onMissing told of objects that are not there
 */
export async function readObjects(
  options: GitOptions,
  wanted: AsyncIterable<string>,
  open: (head: ObjectHead) => ObjectReader,
  onMissing: (id: string) => void,
): Promise<void> {
  const reading = git(["cat-file", `--batch=${format}`], { ...options, stdin: true });
  const { stdin } = reading;
  if (stdin === null) {
    throw new GitError("git could not be started");
  }
  const asking = pipeline(wanted, stdin);
  asking.catch(({ code = "" }: NodeJS.ErrnoException) => gitHasEnded.has(code) || reading.kill());
  let head = Buffer.alloc(0);
  let reader: ObjectReader | undefined;
  let left = 0;
  for await (const chunk of reading.stdout) {
    let bytes = chunk as Buffer;
    while (bytes.length > 0) {
      if (reader !== undefined) {
        // The end of a line follows what is left.
        const part = bytes.subarray(0, left);
        if (part.length > 1 || left > 1) {
          reader.push(left - part.length === 0 ? part.subarray(0, -1) : part);
        }
        left -= part.length;
        bytes = bytes.subarray(part.length);
        reader = left === 0 ? undefined : reader;
        continue;
      }
      const end = bytes.indexOf("\n");
      head = Buffer.concat([head, end === -1 ? bytes : bytes.subarray(0, end)]);
      bytes = end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 1);
      if (end === -1) {
        continue;
      }
      const [id = "", type = "", size = "", ...rest] = head.toString("utf8").split(" ");
      head = Buffer.alloc(0);
      if (/^[0-9]+$/.test(size)) {
        reader = open({ id, type, rest: rest.join(" ") });
        left = Number(size) + 1;
      } else {
        onMissing(id);
      }
    }
  }
  await reading.ended;
  await asking;
}
