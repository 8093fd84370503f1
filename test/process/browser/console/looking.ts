import type { Page } from "playwright-core";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import type { TestInstance } from "../../../support/instance.js";
import { bringAxe } from "../axe.js";
import type { OwnBrowser } from "../launch.js";
import { narrow, visitAs } from "./browser.js";

function goingTo({ url }: Pick<TestInstance, "url">, page: Page) {
  return async (path: string, heading: string | RegExp) => {
    await page.goto(url + path);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  };
}

/** An owner's visit in the dark, on a narrow screen, of which each page can be looked at in every look. */
export async function visitToLook(browser: OwnBrowser, instance: TestInstance) {
  const visit = await visitAs(browser, instance, UserRole.OWNER, { colorScheme: "dark", viewport: narrow });
  await bringAxe(visit.context);
  return { ...visit, goTo: goingTo(instance, visit.page) };
}
