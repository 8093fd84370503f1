import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type RequestToSign, type SignedRequestFields, signRequest } from "@altalune/sdk";
import { inject } from "vitest";
import type { ToolName } from "../../support/tools.js";

/** A client in some language. */
export interface Signer {
  readonly language: string;
  /** What it needs beside Node. */
  readonly tool?: ToolName;
  /** Gets it ready to sign. */
  prepare(): Promise<(request: RequestToSign) => Promise<SignedRequestFields>>;
}

const run = promisify(execFile);

/** Every client that we publish. */
export const signers: readonly Signer[] = [
  { language: "TypeScript", prepare: async () => async (request) => signRequest(request) },
  {
    language: "Python",
    tool: "python3",
    prepare: async () => program("python3", [example("sign_request.py")]),
  },
  {
    language: "Go",
    tool: "go",
    prepare: async () => {
      const binary = join(await scratch(), "sign_request");
      await run("go", ["build", "-o", binary, example("sign_request.go")], {
        env: { ...process.env, GOTOOLCHAIN: "local", GOPROXY: "off" },
      });
      return program(binary, []);
    },
  },
];

function program(command: string, first: readonly string[]): (request: RequestToSign) => Promise<SignedRequestFields> {
  return async ({ signingSecret, projectId, apiKeyId, method, path, body, timestamp, nonce }) => {
    const bodyFile = join(await scratch(), "body");
    await writeFile(bodyFile, body ?? "");
    const flags = { project: projectId, key: apiKeyId, method, path, "body-file": bodyFile, nonce };
    const time = timestamp === undefined ? [] : [`--timestamp=${timestamp.getTime()}`];
    const given = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
    const { stdout } = await run(command, [...first, ...given, ...time], {
      env: { PATH: process.env["PATH"], ALTALUNE_SIGNING_SECRET: signingSecret },
    });
    return JSON.parse(stdout) as SignedRequestFields;
  };
}

function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
}

/** A new folder that goes with the run. */
async function scratch(): Promise<string> {
  return mkdtemp(join(inject("scratchDir"), "signer-"));
}
