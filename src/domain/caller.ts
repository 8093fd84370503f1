import type { OwnerReach } from "./principal/model.js";
import type { RootKeyScope } from "./root_key/model.js";
import { missingScopes } from "./scope.js";

/** Who makes a change, and from where: what the audit trail needs to know. */
export interface Author {
  /** As the audit trail names it: `root_key:<id>`, `root_key:environment`, `user:<id>`, `owner:<owner id>`, `cli`, `system`; of who reports an exposed value, `reporter` or `github`. */
  readonly actor: string;
  readonly requestId: string;
  /** The address that the call came from; empty for the command line. */
  readonly clientAddress: string;
}

/** Who of those that run Altalune makes a call: what the rules of reach need to know. */
export interface Caller extends Author {
  /** What the caller may do, in scopes of root keys or patterns of them. */
  readonly scopes: readonly string[];
  /** Public ids of the projects that the caller reaches; `undefined`: all of them. */
  readonly projects: ReadonlySet<string> | undefined;
  /** The public ids of a user and of the session that the call is of; undefined: no user calls. */
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Of a gateway: what its client has asked for, as the log may name it. */
  readonly forwarded?: Readonly<Record<string, string>>;
}

/** An owner who makes a call. It reaches no project, and may do nothing but what takes an owner. */
export interface OwnerCaller extends Author, OwnerReach {}

/** Whether the caller reaches the project of this public id. */
export function reaches(caller: Caller, projectPublicId: string): boolean {
  return caller.projects === undefined || caller.projects.has(projectPublicId);
}

/** Whether the caller may do what the scope is for, beside what the rpc itself asks for. */
export function isAllowed(caller: Caller, scope: RootKeyScope): boolean {
  return missingScopes(caller.scopes, [scope]).length === 0;
}

/** The service itself, such as when it makes the first root key. */
export const systemCaller: Caller = {
  actor: "system",
  scopes: ["*"],
  projects: undefined,
  requestId: "",
  clientAddress: "",
};

/** The operator at the command line, who holds the database's credentials. */
export const commandLineCaller: Caller = {
  actor: "cli",
  scopes: ["*"],
  projects: undefined,
  requestId: "",
  clientAddress: "",
};
