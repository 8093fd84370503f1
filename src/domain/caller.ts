import type { RootKeyScope } from "./root_key/model.js";
import { missingScopes } from "./scope.js";

/** Who makes a call, and from where: what the rules of reach and the audit trail need to know. */
export interface Caller {
  /** As the audit trail names it: `root_key:<id>`, `root_key:environment`, `cli`, `system`. */
  readonly actor: string;
  /** What the caller may do, in scopes of root keys or patterns of them. */
  readonly scopes: readonly string[];
  /** Public ids of the projects that the caller reaches; `undefined`: all of them. */
  readonly projects: ReadonlySet<string> | undefined;
  readonly requestId: string;
  /** The address that the call came from; empty for the command line. */
  readonly clientAddress: string;
  /** Of a gateway: what its client has asked for, as the log may name it. */
  readonly forwarded?: Readonly<Record<string, string>>;
}

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
