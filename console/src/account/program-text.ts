import { texts } from "../texts.ts";

/** Names in what browsers send of themselves. Each also says the names of those before it that it is to be taken for: the first that is found is it. */
const browsers = [
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["Firefox", "Firefox"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;
const systems = ["Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux"] as const;

/** What a session was begun with, such as "Firefox, Linux"; what is no browser by its own name. */
export function programText(userAgent: string): string {
  if (userAgent === "") {
    return texts.account.sessions.unknown;
  }
  const browser = browsers.find(([sign]) => userAgent.includes(`${sign}/`))?.[1];
  const system = systems.find((name) => userAgent.includes(name));
  return browser === undefined ? userAgent : [browser, system].filter(Boolean).join(", ");
}
