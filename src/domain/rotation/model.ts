/** What becomes of the value before when nobody claims the new one. */
export type Unclaimed = "keep" | "end";

/** The numbers that the database stores, which are the contract's: one that was used never stands for something else. */
export const unclaimedNumbers: Readonly<Record<Unclaimed, number>> = { keep: 1, end: 2 };

/** How a key that is about to expire is given more time. Lengths in milliseconds. */
export interface Renewal {
  readonly beforeExpiryMs: number;
  readonly lifetimeMs: number;
}

/** When a key is rotated by the service itself. Lengths in milliseconds. */
export interface RotationPolicy {
  /** Undefined: at no age. */
  readonly everyMs: number | undefined;
  readonly graceMs: number;
  readonly unclaimed: Unclaimed;
  /** Undefined: the key expires. */
  readonly renewal: Renewal | undefined;
}

/** What the next rotation of a key depends on. */
export interface Rotating {
  readonly rotationPolicy: RotationPolicy | undefined;
  readonly createdAt: Date;
  readonly lastRotatedAt: Date | undefined;
  readonly previousExpiresAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * How long a new value waits before people are reminded that nobody has claimed it: half of the grace, or a day where there is none, but
 * half at most of the time in which it can be claimed.
 */
export function reminderAfterMs({ graceMs }: Pick<RotationPolicy, "graceMs">, claimableMs: number): number {
  return Math.min(graceMs === 0 ? dayMs : graceMs / 2, claimableMs / 2);
}

/**
 * When a key is to be rotated or renewed next: at its age, but not while the grace of a rotation runs, whose value before would
 * end; and before it expires. What would be due after the key's end never is.
 *
 * @param isPutOff whether a value waits for which the switch was put off: until it is claimed there is none after it
 */
export function nextRotationOf(key: Rotating, isPutOff: boolean): Date | undefined {
  const { rotationPolicy: policy, expiresAt, revokedAt } = key;
  if (policy === undefined || revokedAt !== undefined) {
    return undefined;
  }
  const ofAge = isPutOff ? undefined : dueByAge(key, policy);
  const ofEnd = renewalOf(key, policy);
  const next = [ofAge, ofEnd].filter((due) => due !== undefined).sort((a, b) => a.getTime() - b.getTime())[0];
  return next !== undefined && expiresAt !== undefined && next >= expiresAt ? undefined : next;
}

/** The end that a key is given when it is renewed at `now`; undefined: that is not due. */
export function renewedEnd(key: Rotating, policy: RotationPolicy, now: Date): Date | undefined {
  const due = renewalOf(key, policy);
  return due !== undefined && policy.renewal !== undefined && due <= now
    ? new Date(now.getTime() + policy.renewal.lifetimeMs)
    : undefined;
}

/**
 * What a project's policy is to a new key. One that was made to expire before it could be renewed is not renewed: whoever made it
 * wanted its end.
 */
export function policyOfNewKey(
  policy: RotationPolicy | undefined,
  expiresAt: Date | undefined,
  now: Date,
): RotationPolicy | undefined {
  if (policy?.renewal === undefined || expiresAt === undefined) {
    return policy;
  }
  const isShort = expiresAt.getTime() - policy.renewal.beforeExpiryMs <= now.getTime();
  if (!isShort) {
    return policy;
  }
  return policy.everyMs === undefined ? undefined : { ...policy, renewal: undefined };
}

function dueByAge({ createdAt, lastRotatedAt, previousExpiresAt }: Rotating, policy: RotationPolicy): Date | undefined {
  if (policy.everyMs === undefined) {
    return undefined;
  }
  const old = (lastRotatedAt ?? createdAt).getTime() + policy.everyMs;
  return new Date(Math.max(old, previousExpiresAt?.getTime() ?? 0));
}

function renewalOf({ expiresAt }: Rotating, { renewal }: RotationPolicy): Date | undefined {
  return renewal && expiresAt && new Date(expiresAt.getTime() - renewal.beforeExpiryMs);
}
