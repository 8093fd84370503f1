import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import type { TestInstance } from "../../../support/instance.js";
import { faultsOf, isTooWide } from "../axe.js";
import { narrow, visitAs, wide } from "./browser.js";

/** How pages are looked at. */
export const looks = [
  ["light", "wide", wide],
  ["dark", "wide", wide],
  ["light", "narrow", narrow],
  ["dark", "narrow", narrow],
] as const;

/** Collects what is at fault, by the names of states. */
export function looking() {
  const found: Record<string, readonly string[]> = {};
  const look = async (name: string, page: Page) => {
    const faults = [...(await faultsOf(page)), ...((await isTooWide(page)) ? ["it is too wide"] : [])];
    if (faults.length > 0) {
      found[name] = faults;
    }
  };
  return { found, look };
}

function goingTo({ url }: Pick<TestInstance, "url">, page: Page) {
  return async (path: string, heading: string | RegExp) => {
    await page.goto(url + path);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  };
}

/** An owner's visit, of which each page can be looked at. */
export async function visitToLook(browser: Browser, instance: TestInstance, settings: BrowserContextOptions) {
  const visit = await visitAs(browser, instance, UserRole.OWNER, settings);
  await visit.context.addInitScript({ content: axe.source });
  return { ...visit, goTo: goingTo(instance, visit.page) };
}
