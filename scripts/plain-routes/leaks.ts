import { githubReport } from "../../src/server/leaks/bodies.js";
import { type DocsOf, listOf, object, text } from "./route.js";

/** The routes of scanners that have a protocol of their own. */
export interface LeaksRoutes {
  readonly "/leaks/github": { readonly POST: unknown };
}

const header = (name: string, description: string, example: string) => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
  example,
});

export const leaks: DocsOf<LeaksRoutes> = {
  "POST /leaks/github": {
    operationId: "reportByGithub",
    tag: "Leaks",
    summary: "Takes what GitHub's secret scanning has found",
    description:
      "Its protocol for partners; not there until `ALTALUNE_GITHUB_KEYS_URL` or `ALTALUNE_GITHUB_KEYS` is set. A key's project says by its `exposure_policy` what becomes of it, after the answer. Members that are not known are passed over.",
    by: "github",
    parameters: [
      header("Github-Public-Key-Identifier", "Which of GitHub's keys has signed.", "bcb53661c06b4728e59d897fb6165d5c"),
      header(
        "Github-Public-Key-Signature",
        "Its signature of the body, to the byte: ECDSA on P-256 with SHA-256, as DER in base64.",
        "MEQCIQCnExample",
      ),
    ],
    body: {
      name: "GithubReport",
      schema: githubReport,
      example: [
        {
          token: "sk-…",
          type: "orders_api_key",
          url: "https://github.com/octocat/hello-world/blob/main/.env",
          source: "content",
        },
      ],
    },
    answer: {
      status: 200,
      description: "Whether each value is one of a key, in their order.",
      body: {
        name: "GithubLabels",
        schema: listOf(
          "A label for each value.",
          object({
            token_hash: text(
              "The SHA-256 of the value, in hex.",
              "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            ),
            token_type: text("Its `type`.", "orders_api_key"),
            label: text("`true_positive`: it is, or was, the value of a key.", "true_positive", {
              enum: ["true_positive", "false_positive"],
            }),
          }),
        ),
      },
    },
  },
};
