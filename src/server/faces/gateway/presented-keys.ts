import type { ClientRequest } from "./client-request.js";
import type { KeySources } from "./requirements.js";

/** Headers whose credentials follow a scheme, of which Bearer alone is a key. */
const withScheme: ReadonlySet<string> = new Set(["authorization", "proxy-authorization"]);

const bearer = /^bearer(?:[ \t]+(.*))?$/i;
/** The start of other credentials: a scheme and what follows it. */
const otherScheme = /^[a-z0-9!#$%&'*+.^_`|~-]+[ \t]+[^ \t=]/i;

/** How many keys of a request are looked for when none of them is to get into the log. */
const manyKeys = 16;

/**
 * The different keys that a request presents: none, one, or two, which stand for as many as there are. The same key in two places
 * is one.
 *
 * Commas part what HTTP has joined: a key has none.
 */
export function presentedKeys(client: Pick<ClientRequest, "rawHeaders" | "urls">, from: KeySources): readonly string[] {
  return keysIn(client, from, 2);
}

/** As many of them as somebody might have sent by mistake, for whoever is to keep them out of the log. */
export function allPresentedKeys(client: ClientRequest, from: KeySources): readonly string[] {
  return keysIn(client, from, manyKeys);
}

/** The first of the different keys. */
class Keys {
  readonly found: string[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    const key = text.trim();
    if (key !== "" && this.found.length < this.#most && !this.found.includes(key)) {
      this.found.push(key);
    }
  }
}

function keysIn({ rawHeaders, urls }: Pick<ClientRequest, "rawHeaders" | "urls">, from: KeySources, most: number) {
  const keys = new Keys(most);
  for (const source of from.keyHeaders) {
    // HTTP takes headers of one name for one, whose values are joined.
    let value: string | undefined;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] ?? "";
      if (name.length === source.length && name.toLowerCase() === source) {
        const more = rawHeaders[i + 1] ?? "";
        value = value === undefined ? more : `${value},${more}`;
      }
    }
    if (value !== undefined) {
      addFrom(value, withScheme.has(source), keys);
    }
  }
  if (from.keyQuery !== undefined) {
    for (const url of urls) {
      addFromUrl(url, from.keyQuery, keys);
    }
  }
  return keys.found;
}

/** The headers among those that hold keys, for whoever is not to see them. */
export function headersWithKeys(client: ClientRequest, { keyHeaders }: KeySources): readonly string[] {
  return keyHeaders.filter((header) => presentedKeys(client, { keyHeaders: [header], keyQuery: undefined }).length > 0);
}

function addFrom(value: string, scheme: boolean, keys: Keys): void {
  if (scheme) {
    addBearers(value, keys);
  } else if (value.includes(",")) {
    for (const element of value.split(",")) {
      keys.add(element);
    }
  } else {
    keys.add(value);
  }
}

/** What has no scheme of its own behind a Bearer is a part of that key, or another: never one to be passed over. */
function addBearers(value: string, keys: Keys): void {
  let afterBearer = false;
  for (const part of value.split(",")) {
    const element = part.trim();
    const key = bearer.exec(element);
    if (key !== null) {
      afterBearer = true;
      keys.add(key[1] ?? "");
    } else if (otherScheme.test(element)) {
      afterBearer = false;
    } else if (afterBearer) {
      keys.add(element);
    }
  }
}

function addFromUrl(url: string, parameter: string, keys: Keys): void {
  const at = url.indexOf("?");
  if (at !== -1) {
    for (const value of new URLSearchParams(url.slice(at + 1).split("#", 1)[0]).getAll(parameter)) {
      keys.add(value);
    }
  }
}
