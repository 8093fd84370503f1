import type { Browser, Page } from "playwright-core";
import { walkPages } from "../../test/process/browser/listing-pages.js";
import { median } from "../lib/report.js";

/** What a page waits for before it has shown a list, in milliseconds. */
export interface FirstPaint {
  readonly sinceAnswer: number;
  readonly sinceAddress: number;
}

/** Kept by the page itself, from its very beginning. */
declare global {
  var paintedAt: number | undefined;
}

/** What a browser without a session loads of the console's scripts, compressed as it is sent. */
export async function signInBytes(browser: Browser, url: string): Promise<{ scripts: number; styles: number }> {
  const page = await browser.newPage();
  await page.goto(`${url}/console`, { waitUntil: "networkidle" });
  await page.getByLabel("Username or email").waitFor();
  const bytes = await page.evaluate(() => {
    const loaded = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const sum = (ending: string) =>
      loaded.filter(({ name }) => name.endsWith(ending)).reduce((bytes, { encodedBodySize: of }) => bytes + of, 0);
    return { scripts: sum(".js"), styles: sum(".css") };
  });
  await page.close();
  return bytes;
}

/** Registers by the set-up link, which signs in. */
export async function enter(browser: Browser, setupUrl: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const password = "wintry-orchard-41-lamp";
  await page.goto(setupUrl);
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password again").fill(password);
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector('main table[aria-busy="false"]') === null) {
        requestAnimationFrame(look);
      } else {
        // What is in the document in a frame is painted by the end of it.
        setTimeout(() => {
          globalThis.paintedAt = performance.now();
        });
      }
    };
    requestAnimationFrame(look);
  });
  return page;
}

/** Opens a list by its address. */
export async function openList(page: Page, address: string): Promise<FirstPaint> {
  await page.goto(address);
  await page.waitForFunction(() => globalThis.paintedAt !== undefined);
  return page.evaluate(() => {
    const loaded = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const answeredAt = loaded.findLast(({ name }) => name.endsWith("/QueryApiKeys"))?.responseEnd ?? Number.NaN;
    const paintedAt = globalThis.paintedAt ?? Number.NaN;
    return { sinceAnswer: paintedAt - answeredAt, sinceAddress: paintedAt };
  });
}

/** What a page of a list took that was walked from its beginning, in milliseconds. */
export interface PageTimes {
  readonly sinceClick: number;
  readonly sinceAnswer: number;
}

/** Walks to the last of some pages. @returns for each the medians of the ten up to it; all rows were different ones */
export async function pagesOf(page: Page, places: readonly number[]): Promise<readonly PageTimes[]> {
  const walked = await walkPages(page, "Next", Math.max(...places));
  const ids = walked.flatMap((one) => one.ids);
  if (walked.length !== Math.max(...places) || new Set(ids).size !== ids.length) {
    throw new Error(`of ${walked.length} pages with ${ids.length} rows ${new Set(ids).size} were different`);
  }
  return places.map((place) => {
    const last = walked.slice(Math.max(1, place - 10), place);
    return {
      sinceClick: median(last.map(({ sinceClick }) => sinceClick ?? Number.NaN)),
      sinceAnswer: median(last.map(({ sinceAnswer }) => sinceAnswer ?? Number.NaN)),
    };
  });
}
