import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { TestContext } from "vitest";
import { needTool } from "../../support/tools.js";

/** A browser to its test, which shares it with others and sees nothing of theirs. It ends with all that was opened by it. */
export interface OwnBrowser extends AsyncDisposable {
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

/** Started once a worker, since that takes longer than most of what tests do with it, and ended with the worker. */
let running: Promise<Browser> | undefined;

export async function launchBrowser(skip: TestContext["skip"]): Promise<OwnBrowser> {
  const executablePath = process.env["CHROMIUM"] || needTool(skip, "chromium-headless-shell");
  running ??= chromium.launch({ executablePath, chromiumSandbox: false });
  const browser = await running;
  const contexts: BrowserContext[] = [];
  const newContext = async (options?: BrowserContextOptions) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context;
  };
  return {
    newContext,
    newPage: async (options) => (await newContext(options)).newPage(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(contexts.map((context) => context.close()));
    },
  };
}
