import type { ApiKey, ApiKeyService, FindApiKeysRequest, ProjectService } from "@altalune/sdk/messages";
import type { Client } from "@connectrpc/connect";
import { digestOf } from "../keys/digest.ts";
import { isLikeValue } from "../listing/like-value.ts";
import type { SearchedProject } from "./places.ts";

/** How many of each are shown, and of each project. */
const pageSize = 5;

/** What is looked for. Of the value of a key its digest alone is known: nobody needs to send a value, or to keep it. */
export type Sought =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly digest: Uint8Array<ArrayBuffer> };

export interface Found {
  readonly projects: readonly SearchedProject[];
  readonly keys: readonly ApiKey[];
}

export interface Clients {
  readonly projects: Client<typeof ProjectService>;
  readonly apiKeys: Client<typeof ApiKeyService>;
}

export async function soughtFor(text: string): Promise<Sought> {
  if (!isLikeValue(text)) {
    return { kind: "text", text };
  }
  return { kind: "value", digest: await digestOf(text) };
}

/** @param within projects in which keys are looked for by name, which no rpc does in all of them */
export async function find(
  { projects, apiKeys }: Clients,
  sought: Sought,
  within: readonly SearchedProject[],
  signal: AbortSignal,
): Promise<Found> {
  const findKeys = async (request: Partial<Pick<FindApiKeysRequest, "keyPrefix" | "apiKeyId" | "digest">>) =>
    (await apiKeys.findApiKeys(request, { signal })).data;
  if (sought.kind === "value") {
    return { projects: [], keys: await findKeys({ digest: sought.digest }) };
  }
  const { text: keyword } = sought;
  const query = { keyword, pagination: { pageSize }, sorting: { field: "name" } };
  const [named, ...found] = await Promise.all([
    projects.queryProjects({ query }, { signal }),
    isId(keyword) ? findKeys({ apiKeyId: keyword }) : [],
    isPrefix(keyword) ? findKeys({ keyPrefix: keyword.replace(/…$/, "") }) : [],
    ...within.map(async ({ id }) => (await apiKeys.queryApiKeys({ projectId: id, query }, { signal })).data),
  ]);
  const byId = new Map(found.flat().map((apiKey) => [apiKey.id, apiKey]));
  return { projects: named.data, keys: [...byId.values()] };
}

/** Whether it may be a public id. */
export function isId(text: string): boolean {
  return /^[0-9a-z]{14}$/.test(text);
}

/** A project's prefix and five characters, as lists show them. */
function isPrefix(text: string): boolean {
  return /^[0-9A-Za-z_-]{0,16}[_-][0-9A-Za-z]{5}…?$/.test(text);
}
