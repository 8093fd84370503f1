import type { TestInstance } from "../../support/instance.js";
import { makeVerdictKeys } from "../../support/verdict-keys.js";

/** A project with a key for each verdict. */
export interface GuardedProject {
  readonly projectId: string;
  /** Values of keys. */
  readonly good: string;
  readonly other: string;
  readonly limited: string;
  readonly usedUp: string;
  readonly readOnly: string;
  readonly revoked: string;
  readonly disabled: string;
  readonly expired: string;
  readonly elsewhere: string;
  /** What an app sees of the good one. */
  readonly seen: string;
}

export async function makeGuardedProject(instance: TestInstance): Promise<GuardedProject> {
  const { projectId, make, keys } = await makeVerdictKeys(instance, {
    all: { scopes: ["orders:*"] },
    lacking: ["orders:read"],
  });
  const good = await make({ ownerId: "user_1" });
  return {
    projectId,
    good: good.value,
    other: keys.VALID,
    limited: (await make({ rateLimits: { perMinute: 100, perDay: 5000 } })).value,
    usedUp: keys.RATE_LIMITED,
    readOnly: keys.INSUFFICIENT_SCOPE,
    revoked: keys.REVOKED,
    disabled: keys.DISABLED,
    expired: keys.EXPIRED,
    elsewhere: keys["of another project"],
    seen: `${good.id} user_1 orders:*`,
  };
}
