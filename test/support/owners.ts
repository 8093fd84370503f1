import { PortalPermission } from "../../gen/altalune/v1/portal_pb.js";
import type { TestInstance } from "./instance.js";

/** The beginning of a picture, by which it is told from others. */
export const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

export const everyPermission = [
  PortalPermission.READ,
  PortalPermission.CREATE,
  PortalPermission.ROTATE,
  PortalPermission.REVOKE,
  PortalPermission.USAGE,
];

type Session = Parameters<TestInstance["clients"]["portal"]["createPortalSession"]>[0];

/** Opens the portal to an owner, and returns the code. */
export async function newPortalCode(
  { clients }: Pick<TestInstance, "clients">,
  projectId: string,
  ownerId: string,
  session: Session = {},
): Promise<string> {
  const { url } = await clients.portal.createPortalSession({
    projectId,
    ownerId,
    permissions: everyPermission,
    ...session,
  });
  return codeIn(url);
}

export function codeIn(url: string): string {
  return new URLSearchParams(new URL(url).hash.slice(1)).get("code") ?? "";
}

/** A token by which an owner calls. */
export async function newPortalToken(
  altalune: Pick<TestInstance, "clients" | "clientsWith">,
  projectId: string,
  ownerId: string,
  session: Session = {},
): Promise<string> {
  const code = await newPortalCode(altalune, projectId, ownerId, session);
  return (await altalune.clientsWith(undefined).portal.exchangePortalCode({ code })).token;
}

/** Clients of an owner. */
export async function owner(
  altalune: Pick<TestInstance, "clients" | "clientsWith">,
  projectId: string,
  ownerId: string,
  session: Session = {},
) {
  return altalune.clientsWith(await newPortalToken(altalune, projectId, ownerId, session)).myApiKeys;
}
