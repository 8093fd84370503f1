/** From when a change is in force on every instance, and how many had not confirmed it. */
export interface Propagation {
  readonly effectiveAt: Date;
  readonly pendingInstances: number;
}

/** What a change touches: all that verification remembers of it must go, on every instance. */
export type Subject =
  | { readonly kind: "api_key"; readonly id: bigint }
  | { readonly kind: "project"; readonly id: bigint }
  | { readonly kind: "tier"; readonly name: string }
  /** And all sessions of it. */
  | { readonly kind: "user"; readonly id: bigint };

/** An instance that may still answer from its memory. */
export interface LiveInstance {
  readonly id: string;
  readonly renewedAt: Date;
  /** By when its lease must have run out unless it is renewed, by the database's clock. */
  readonly leaseEnd: Date;
}

/** What instances forget of keys of a project. Of several keys that is all that they know of the project: one notice, and seldom. */
export function touchedBy(project: { readonly id: bigint }, apiKeyIds: readonly bigint[]): Subject {
  const [first, ...others] = new Set(apiKeyIds);
  return first !== undefined && others.length === 0
    ? { kind: "api_key", id: first }
    : { kind: "project", id: project.id };
}
