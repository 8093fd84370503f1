import { type NoticeSettings, noticeDefaults, noticeKindNumbers, noticeKinds } from "./model.js";

/** How notices are stored, in JSON: what an older instance does not know it leaves out when it writes. */
interface StoredSettings {
  readonly expiring_days: readonly number[];
  readonly rotation_due_after_ms: number;
  readonly muted: readonly number[];
}

/** @param stored as the column holds it; null: nothing was said */
export function noticesOfStored(stored: unknown): NoticeSettings {
  if (stored === null) {
    return noticeDefaults;
  }
  const { expiring_days, rotation_due_after_ms, muted } = stored as StoredSettings;
  return {
    expiringDays: expiring_days,
    rotationDueAfterMs: rotation_due_after_ms,
    muted: muted.flatMap((number) => noticeKinds.get(number) ?? []),
  };
}

export function storedNotices({ expiringDays, rotationDueAfterMs, muted }: NoticeSettings): StoredSettings {
  return {
    expiring_days: expiringDays,
    rotation_due_after_ms: rotationDueAfterMs,
    muted: muted.map((kind) => noticeKindNumbers[kind]),
  };
}
