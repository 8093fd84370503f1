import type { BrowserContextOptions } from "playwright-core";
import type { TestInstance } from "../../../support/instance.js";
import { everyPermission } from "../../../support/owners.js";
import { type Visit, visit } from "../console/browser.js";
import type { OwnBrowser } from "../launch.js";

type Session = Parameters<TestInstance["clients"]["portal"]["createPortalSession"]>[0];

/** A link to the portal, by which an owner may do everything unless told otherwise. */
export async function newLink({ clients }: TestInstance, projectId: string, session: Session = {}): Promise<string> {
  const asked = { projectId, ownerId: "alice", permissions: everyPermission, ...session };
  return (await clients.portal.createPortalSession(asked)).url;
}

/** A browser in which an owner has followed a link. */
export async function visitPortal(
  browser: OwnBrowser,
  instance: TestInstance,
  projectId: string,
  { session = {}, ...options }: BrowserContextOptions & { session?: Session } = {},
): Promise<Visit> {
  const visited = await visit(browser, options);
  await visited.page.goto(await newLink(instance, projectId, session));
  await visited.page.getByRole("main").waitFor();
  return visited;
}
