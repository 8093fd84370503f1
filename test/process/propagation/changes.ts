import type { Rpc } from "./rpc.js";

const dayMs = 86_400_000;
const shortenedMs = 300;

/** A key, and from when it must be refused. */
export interface Target {
  readonly projectId: string;
  readonly id: string;
  readonly value: string;
  /** Undefined: it is good, or nobody knows. */
  refusedFrom: Moment | undefined;
}

/** By the clock that never goes back for what this process saw, and by the wall clock for what it was told. */
export interface Moment {
  readonly returned: number;
  readonly effectiveAt: number;
}

export interface Returned {
  readonly pendingInstances: number;
  readonly effectiveAt: number;
  readonly tookMs: number;
}

/** Every change that narrows access, as its rpc and request. */
const changes: Readonly<Record<string, (key: object, wallMs: number) => readonly [rpc: string, request: object]>> = {
  revoke: (key) => ["RevokeApiKey", { ...key, reason: "REVOCATION_REASON_KEY_COMPROMISED" }],
  deactivate: (key) => ["DeactivateApiKey", key],
  delete: (key) => ["DeleteApiKey", key],
  "narrow scopes": (key) => ["UpdateApiKey", { ...key, scopes: ["other"] }],
  "shorten expiry": (key, now) => ["UpdateApiKey", { ...key, expiration: new Date(now + shortenedMs).toISOString() }],
  "rotate without grace": (key) => ["RotateApiKey", key],
};

export const changeNames = Object.keys(changes);

/** Asks for what a target allows until it is changed. */
export const verification = (value: string) => ({ key: value, requiredScopes: ["orders:write"] });

export async function newTarget(rpc: Rpc, projectId: string): Promise<Target | undefined> {
  const answer = await rpc("ApiKeyService/CreateApiKey", {
    projectId,
    name: `key ${crypto.randomUUID()}`,
    expiration: new Date(Date.now() + dayMs).toISOString(),
    scopes: ["orders:*"],
  });
  if (answer.kind !== "answered") {
    return undefined;
  }
  const { id } = answer.body["apiKey"] as { id: string };
  return { projectId, id, value: String(answer.body["keyValue"]), refusedFrom: undefined };
}

export async function newProject(rpc: Rpc): Promise<string> {
  const answer = await rpc("ProjectService/CreateProject", { name: "storm" });
  if (answer.kind !== "answered") {
    throw new Error(`no project could be made: ${JSON.stringify(answer)}`);
  }
  return (answer.body["project"] as { id: string }).id;
}

/** @returns undefined when the call failed: then nothing is promised */
export async function narrow(rpc: Rpc, name: string, target: Target): Promise<Returned | undefined> {
  const key = { projectId: target.projectId, apiKeyId: target.id };
  const now = Date.now();
  const [method, request] = changes[name]?.(key, now) ?? ["", {}];
  const startedAt = performance.now();
  const answer = await rpc(`ApiKeyService/${method}`, request);
  const returned = performance.now();
  if (answer.kind !== "answered") {
    return undefined;
  }
  const propagation = answer.body["propagation"] as { effectiveAt: string; pendingInstances?: number };
  const effectiveAt = Date.parse(propagation.effectiveAt);
  // An expiry in the future is no denial yet.
  const ends = name === "shorten expiry" ? now + shortenedMs : 0;
  target.refusedFrom = { returned, effectiveAt: Math.max(effectiveAt, ends) };
  return { pendingInstances: propagation.pendingInstances ?? 0, effectiveAt, tookMs: returned - startedAt };
}
