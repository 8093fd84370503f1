import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Author, Caller, OwnerCaller } from "./caller.js";
import type { PageOrigins } from "./page-origins.js";
import { OriginNotAllowedError } from "./principal/errors.js";
import type { Project } from "./project/model.js";

/** Where the transport leaves the caller of an rpc, once it is authenticated. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });

/** The same for owners, apart: an rpc that asks for the one never finds the other. */
export const ownerKey = createContextKey<OwnerCaller | undefined>(undefined, { description: "owner" });

/** The authenticated caller of an rpc, one of those who run Altalune. */
export function callerOf(context: Pick<HandlerContext, "values">): Caller {
  return authenticated(context.values.get(callerKey));
}

/** The same of an rpc that is open to everybody, and tells operators more; undefined: somebody else calls. */
export function someCallerOf(context: Pick<HandlerContext, "values">): Caller | undefined {
  return context.values.get(callerKey);
}

/** The authenticated owner who calls an rpc. */
export function ownerOf(context: Pick<HandlerContext, "values">): OwnerCaller {
  return authenticated(context.values.get(ownerKey));
}

/** Where the transport leaves from where an rpc comes that is open to everybody. */
export const originKey = createContextKey<Omit<Author, "actor"> | undefined>(undefined, { description: "origin" });

/** From where an rpc comes that is open to everybody. */
export function originOf(context: Pick<HandlerContext, "values">): Omit<Author, "actor"> {
  return authenticated(context.values.get(originKey));
}

/**
 * Lets the page that calls read the answer, if it may call for the project.
 *
 * @throws OriginNotAllowedError
 */
export function admitPage(
  { requestHeader, responseHeader }: Pick<HandlerContext, "requestHeader" | "responseHeader">,
  origins: PageOrigins,
  project: Project,
): void {
  const origin = requestHeader.get("origin");
  if (origin === null) {
    return;
  }
  if (!origins.mayCall(origin, project)) {
    throw new OriginNotAllowedError();
  }
  responseHeader.set("access-control-allow-origin", origin);
}

/** What a handler has found of an owner's key that its answer does not tell, for faces that show it. */
export const ownKeyNoteKey = createContextKey<"another owner's" | "revoked before" | undefined>(undefined, {
  description: "own key note",
});

function authenticated<T>(caller: T | undefined): T {
  if (caller === undefined) {
    throw new Error("an rpc was reached without authentication");
  }
  return caller;
}
