import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { TestContext } from "vitest";
import { needTool } from "../../support/tools.js";

/** A browser to its test, which shares it with others and has contexts of its own. They end with the test. */
export interface OwnBrowser extends AsyncDisposable {
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

/** Started once a worker, since that takes longer than most of what tests do with it, and ended with the worker. */
let running: Promise<Browser> | undefined;

export async function launchBrowser(skip: TestContext["skip"]): Promise<OwnBrowser> {
  const executablePath = process.env["CHROMIUM"] || needTool(skip, "chromium-headless-shell");
  running ??= launch(executablePath);
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

/** One that does not start, or crashes, fails the test that has it; the next has another. */
async function launch(executablePath: string): Promise<Browser> {
  const forget = () => {
    running = undefined;
  };
  try {
    const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
    return browser.once("disconnected", forget);
  } catch (error) {
    forget();
    throw error;
  }
}
