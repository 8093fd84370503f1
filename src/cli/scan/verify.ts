import { z } from "zod";
import { isHere } from "../../app/config.js";
import { fromFiles } from "../../app/file-variables.js";
import { UsageError } from "../usage-error.js";

/** How many keys are asked about at once, and how long that may take, in milliseconds. */
const maxTogether = 500;
const timeoutMs = 30_000;

/** What a service says of a key. */
export type Standing = "lives" | "is switched off" | "is revoked" | "has expired" | "is not known there";

const standings: Readonly<Record<string, Standing>> = {
  NOT_FOUND: "is not known there",
  REVOKED: "is revoked",
  EXPIRED: "has expired",
  DISABLED: "is switched off",
};

/** What a leak of a key does not matter by. */
export const harmless: ReadonlySet<Standing> = new Set(["is revoked", "has expired", "is not known there"]);

const answer = z.object({ responses: z.array(z.object({ code: z.string().regex(/^VERIFICATION_CODE_[A-Z_]+$/) })) });

/** Asks a service about keys. */
export type AskAbout = (keys: readonly string[]) => Promise<ReadonlyMap<string, Standing>>;

/**
 * @param text where the service is
 * @throws UsageError when it is not to be told keys, or there is no root key to ask by
 */
export function askerAt(text: string, env: Readonly<Record<string, string | undefined>>): AskAbout {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPrivate =
    url?.protocol === "https:" || (url?.protocol === "http:" && isHere(url.hostname.replace(/^\[|\]$/g, "")));
  if (url === undefined || !isPrivate || url.username !== "" || url.password !== "") {
    throw new UsageError(
      "--verify must be the https URL of an Altalune, or an http one of this machine: keys travel by it",
    );
  }
  const { given, faults } = fromFiles(env, ["ALTALUNE_ROOT_KEY"]);
  const rootKey = given["ALTALUNE_ROOT_KEY"];
  if (rootKey === undefined) {
    throw new UsageError(
      faults[0] ?? "--verify asks by a root key with the scope api_keys:verify: set ALTALUNE_ROOT_KEY",
    );
  }
  return async (keys) => {
    const known = new Map<string, Standing>();
    for (let from = 0; from < keys.length; from += maxTogether) {
      const asked = keys.slice(from, from + maxTogether);
      const codes = await ask(url, rootKey, asked);
      for (const [i, key] of asked.entries()) {
        known.set(key, standings[codes[i] ?? ""] ?? "lives");
      }
    }
    return known;
  };
}

/** @throws UsageError when there is no answer */
async function ask(url: URL, rootKey: string, keys: readonly string[]): Promise<readonly string[]> {
  const refused = (why: string) => new UsageError(`the service of --verify could not be asked: ${why}`);
  try {
    // Nothing that it answers takes the keys elsewhere.
    const response = await fetch(new URL("/v1/api_keys:batchVerify", url), {
      method: "POST",
      redirect: "error",
      headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
      body: JSON.stringify({ requests: keys.map((key) => ({ key, cost: 0 })) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      throw refused(`it answers with the status ${response.status}`);
    }
    const { responses } = answer.parse(await response.json());
    if (responses.length !== keys.length) {
      throw refused("its answer is not that of an Altalune");
    }
    return responses.map(({ code }) => code.slice("VERIFICATION_CODE_".length));
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    throw refused(
      error instanceof z.ZodError ? "its answer is not that of an Altalune" : (cause?.code ?? "no answer came"),
    );
  }
}
