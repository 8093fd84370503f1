import { z } from "zod";
import { parseJson } from "../../platform/parse-json.js";
import { InvalidBodyError } from "../sign_in/bodies.js";

/** How many values one report has at most. */
const maxTokens = 1_000;
/** How many faults are told of. */
const maxFaults = 16;

const text = (maxLength: number) =>
  z
    .string("must be a text")
    .max(maxLength, `must be at most ${maxLength} characters`)
    .refine((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed Unicode without NUL");

/** What GitHub tells of each value that it has found. Members that it adds are passed over. */
export const githubReport = z
  .array(
    z.object({
      token: z.string("must be a text").min(1, "must not be empty").describe("The value that was found."),
      type: text(128).describe("What GitHub calls this kind of value, as it was agreed upon."),
      url: text(2048).nullish().describe("Where it was found; it may be empty."),
      source: text(64).nullish().describe("In what it was found, such as `content` or `gist_content`."),
    }),
    "must be a JSON array",
  )
  .max(maxTokens, `must hold at most ${maxTokens} values`);

export type GithubReport = z.output<typeof githubReport>;

/**
 * What is said of its faults holds nothing of its values.
 *
 * @throws InvalidBodyError
 */
export function readGithubReport(body: Uint8Array): GithubReport {
  let json: unknown;
  try {
    json = parseJson(body);
  } catch {
    throw new InvalidBodyError(new Map([["body", "must be a JSON array"]]));
  }
  const parsed = githubReport.safeParse(json);
  if (parsed.success) {
    return parsed.data;
  }
  const faults = parsed.error.issues.slice(0, maxFaults);
  throw new InvalidBodyError(
    new Map(faults.map(({ path, message }) => [path.length === 0 ? "body" : path.join("."), message])),
  );
}
