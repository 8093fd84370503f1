import type { Page } from "playwright-core";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import type { TestInstance } from "../../../support/instance.js";
import { bringAxe } from "../axe.js";
import type { OwnBrowser } from "../launch.js";
import { visitAs } from "./browser.js";

function goingTo({ url }: Pick<TestInstance, "url">, page: Page) {
  return async (path: string, heading: string | RegExp) => {
    await page.goto(url + path);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  };
}

/** An owner's visit, of which each page can be looked at. */
export async function visitToLook(browser: OwnBrowser, instance: TestInstance) {
  const visit = await visitAs(browser, instance, UserRole.OWNER);
  await bringAxe(visit.context);
  return { ...visit, goTo: goingTo(instance, visit.page) };
}
