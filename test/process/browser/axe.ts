import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { narrow, wide } from "./console/browser.js";

type Screen = typeof wide;

const everyRule = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What depends on colours: of the rules, the dark look can break these and the light one not. */
const colorRules = ["color-contrast", "link-in-text-block"];

/** How pages are looked at. The last look stays: what comes then is done in the dark, on a narrow screen. */
const looks = [
  { is: "light and wide", colorScheme: "light", viewport: wide, runOnly: everyRule },
  { is: "light and narrow", colorScheme: "light", viewport: narrow, runOnly: everyRule },
  { is: "dark and wide", colorScheme: "dark", viewport: wide, runOnly: colorRules },
  { is: "dark and narrow", colorScheme: "dark", viewport: narrow, runOnly: colorRules },
] as const;

/** Puts axe into each page that is opened, before the page's own scripts and past its policy. */
export async function bringAxe(context: BrowserContext): Promise<void> {
  await context.addInitScript({ content: axe.source });
}

/** Collects what is at fault, or too wide, in the states of pages, in every look, by the names of states. */
export function looking() {
  const found: Record<string, readonly string[]> = {};
  /** @param on the screens on which there is such a state */
  const look = async (name: string, page: Page, on: readonly Screen[] = [wide, narrow]) => {
    for (const { is, colorScheme, viewport, runOnly } of looks.filter(({ viewport }) => on.includes(viewport))) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      await drawn(page);
      const faults = [...(await faultsOf(page, runOnly)), ...((await isTooWide(page)) ? ["it is too wide"] : [])];
      if (faults.length > 0) {
        found[`${name}, ${is}`] = faults;
      }
    }
  };
  return { found, look };
}

/** Once the page has heard of its look, and has drawn what follows from it. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
}

/** The faults that axe finds on a page as it is. */
export async function faultsOf(page: Page, runOnly: readonly string[] = everyRule): Promise<readonly string[]> {
  const { violations } = await page.evaluate(
    (only) => (globalThis as unknown as { axe: typeof axe }).axe.run({ runOnly: [...only] }),
    runOnly,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** Whether something is cut off, or must be scrolled to sideways. */
export async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
}
