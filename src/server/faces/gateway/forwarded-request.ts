import { createSecretSearch } from "../../authority/caller-secret.js";
import type { ToldRequest } from "./client-request.js";

/** Of a path, in characters: as much as is shown, and as much as is looked through for secrets before it is cut. */
const longestShown = 200;
const longestSearched = 2_048;

const methodShape = /^[A-Za-z-]{1,20}$/;
const hostShape = /^[A-Za-z0-9._:[\]-]{1,255}$/;

/** What the gateway's client has asked for, as the log names it. */
export type ForwardedRequest = Readonly<Record<string, string>>;

/**
 * What a gateway tells of its client's request. All of it is the client's text: a query is cut off, and a path that holds a key, as
 * it is or percent-encoded, is left out.
 *
 * @param secrets what was presented: keys are secrets whatever they look like
 */
export function forwardedRequest({ method, uri, host }: ToldRequest, secrets: readonly string[]): ForwardedRequest {
  const told: Record<string, string> = {};
  const isSecret = secretSearch(secrets);
  const tell = (name: string, text: string | undefined): void => {
    if (text !== undefined && !isSecret(text)) {
      told[name] = text;
    }
  };
  tell("forwarded_method", matching(methodShape, method));
  tell("forwarded_host", matching(hostShape, host));
  const path = pathOf(uri);
  if (path !== "") {
    told["forwarded_uri"] = isSecret(path) || isSecret(decoded(path)) ? "(holds a key)" : shown(path);
  }
  return told;
}

function matching(shape: RegExp, text: string): string | undefined {
  return shape.test(text) ? text : undefined;
}

/** Some gateways write a whole URL. What is in front of the host may be a password. */
function pathOf(url: string): string {
  return (url.slice(0, longestSearched).split(/[?#]/, 1)[0] ?? "").replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
}

function shown(path: string): string {
  return path.length <= longestShown ? path : `${path.slice(0, longestShown)}…`;
}

function decoded(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function secretSearch(secrets: readonly string[]): (text: string) => boolean {
  const searches = ["", ...secrets].map(createSecretSearch);
  return (text) => searches.some((isSecret) => isSecret(text));
}
