/** A request that its client named, so that it may send it again. */
export interface NamedRequest {
  readonly requestId: string;
  /** All that the client asks for, name of the message included, as canonical text: two that ask for the same are equal. */
  readonly text: string;
}

/** Who named a request, and where: names of others are other names. */
export interface RequestIdPlace {
  readonly projectId: bigint;
  /** As the audit trail names the caller. */
  readonly actor: string;
  readonly requestId: string;
}

/** A named request that is about to be done, as it is kept. */
export interface Claim extends RequestIdPlace {
  /** Keyed: who reads the database cannot try what was asked for. */
  readonly digest: Buffer;
  /** The public id of what it makes or changes. */
  readonly resourceId: string;
}

/** Tells places apart. Owners' ids, which are in actors, may hold anything, and so may names. */
export function placeText({ projectId, actor, requestId }: RequestIdPlace): string {
  return JSON.stringify([String(projectId), actor, requestId]);
}

/** Whether what is asked for under one name is the same. */
export function isSameRequest(a: Claim, b: Claim): boolean {
  return a.digest.equals(b.digest);
}
