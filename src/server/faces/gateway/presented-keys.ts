import type { ClientRequest } from "./client-request.js";
import type { KeySources } from "./requirements.js";

/** Headers whose credentials follow a scheme, of which Bearer alone is a key. */
const withScheme: ReadonlySet<string> = new Set(["authorization", "proxy-authorization"]);

const bearer = /^bearer(?:[ \t]+(.*))?$/i;
/** The start of other credentials: a scheme and what follows it. */
const otherScheme = /^[a-z0-9!#$%&'*+.^_`|~-]+[ \t]+[^ \t=]/i;

/**
 * The different keys that a request presents: none, one, or two, which stand for as many as there are. The same key in two places
 * is one.
 *
 * Commas part what HTTP has joined: a key has none.
 */
export function presentedKeys(client: Pick<ClientRequest, "rawHeaders" | "urls">, from: KeySources): readonly string[] {
  const { rawHeaders } = client;
  const keys: string[] = [];
  for (let i = 0; i < rawHeaders.length && keys.length < 2; i += 2) {
    const name = rawHeaders[i] ?? "";
    for (const source of from.keyHeaders) {
      if (name.length === source.length && name.toLowerCase() === source) {
        addFrom(rawHeaders[i + 1] ?? "", withScheme.has(source), keys);
      }
    }
  }
  if (from.keyQuery !== undefined) {
    for (const url of client.urls) {
      addFromUrl(url, from.keyQuery, keys);
    }
  }
  return keys;
}

/** The headers among those that hold keys, for whoever is not to see them. */
export function headersWithKeys(client: ClientRequest, { keyHeaders }: KeySources): readonly string[] {
  return keyHeaders.filter((header) => presentedKeys(client, { keyHeaders: [header], keyQuery: undefined }).length > 0);
}

function addFrom(value: string, scheme: boolean, keys: string[]): void {
  if (scheme) {
    addBearers(value, keys);
  } else if (value.includes(",")) {
    for (const element of value.split(",")) {
      add(element, keys);
    }
  } else {
    add(value, keys);
  }
}

/** What has no scheme of its own behind a Bearer is a part of that key, or another: never one to be passed over. */
function addBearers(value: string, keys: string[]): void {
  let afterBearer = false;
  for (const part of value.split(",")) {
    const element = part.trim();
    const key = bearer.exec(element);
    if (key !== null) {
      afterBearer = true;
      add(key[1] ?? "", keys);
    } else if (otherScheme.test(element)) {
      afterBearer = false;
    } else if (afterBearer) {
      add(element, keys);
    }
  }
}

function addFromUrl(url: string, parameter: string, keys: string[]): void {
  const at = url.indexOf("?");
  if (at !== -1) {
    for (const value of new URLSearchParams(url.slice(at + 1).split("#", 1)[0]).getAll(parameter)) {
      add(value, keys);
    }
  }
}

function add(text: string, keys: string[]): void {
  const key = text.trim();
  if (key !== "" && keys.length < 2 && !keys.includes(key)) {
    keys.push(key);
  }
}
