import type { Page } from "playwright-core";
import type { TestInstance } from "../../support/instance.js";

export async function verdictOf({ clients }: TestInstance, key: string) {
  return (await clients.verification.verifyApiKey({ key })).code;
}

/** What a page shows of a value, this once. */
export async function takeValue(page: Page): Promise<string> {
  const value = await page.getByLabel("Value of the key").inputValue();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return value;
}
