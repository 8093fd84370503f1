import type { Page } from "playwright-core";

/** A page of a list, as it was painted. */
export interface PaintedPage {
  readonly ids: readonly string[];
  /** Milliseconds from the click that led there; of the first page there was none. */
  readonly sinceClick: number | undefined;
  /** From the end of its answer; undefined: it was known already, and nothing was asked. */
  readonly sinceAnswer: number | undefined;
}

/**
 * Clicks through the pages of a list within the page itself, so that nobody else's pace is in its times.
 *
 * @param most after how many pages it stays where it is, the one that it begins at included
 */
export async function walkPages(page: Page, button: "Next" | "Previous", most = Infinity): Promise<PaintedPage[]> {
  return page.evaluate(
    async (given) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const walked: PaintedPage[] = [];
      for (let clickedAt: number | undefined; ; ) {
        while (document.querySelector("main table")?.getAttribute("aria-busy") !== "false") {
          await frame();
        }
        // What is in the document in a frame is painted by the end of it.
        await new Promise((resolve) => setTimeout(resolve));
        const paintedAt = performance.now();
        const answer = performance.getEntriesByType("resource").findLast(({ name }) => name.includes("/Query"));
        walked.push({
          ids: [...document.querySelectorAll("main tbody th a")].map((link) => link.getAttribute("href") ?? ""),
          sinceClick: clickedAt && paintedAt - clickedAt,
          sinceAnswer: answer && paintedAt - (answer as PerformanceResourceTiming).responseEnd,
        });
        const next = [...document.querySelectorAll("main nav button")].find((at) => at.textContent === given.button);
        if (walked.length >= given.most || next === undefined || (next as HTMLButtonElement).disabled) {
          return walked;
        }
        performance.clearResourceTimings();
        clickedAt = performance.now();
        (next as HTMLButtonElement).click();
        await frame();
      }
    },
    { button, most: Number.isFinite(most) ? most : Number.MAX_SAFE_INTEGER },
  );
}
