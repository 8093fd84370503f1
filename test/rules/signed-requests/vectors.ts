import { readFileSync } from "node:fs";
import type { SignedRequestFields } from "@altalune/sdk";

/** One of docs/signed-request-vectors.json. */
export interface Vector {
  readonly name: string;
  readonly request: {
    readonly projectId: string;
    readonly apiKeyId: string;
    readonly signingSecret: string;
    readonly timestampMs: number;
    readonly nonce: string;
    readonly method: string;
    readonly path: string;
    readonly bodyBase64: string;
  };
  readonly canonicalString: string;
  readonly fields: SignedRequestFields;
}

/** What docs/ publishes for people who write clients. */
export const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("../../../docs/signed-request-vectors.json", import.meta.url), "utf8"),
);
