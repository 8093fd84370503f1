import type { NoticeKind, NoticesSchema, Project } from "@altalune/sdk/messages";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type LifetimeFields, lifetimeFieldsOf, lifetimeGiven, readsAsLifetime } from "../form/lifetime-fields.ts";
import { isWholeNumber } from "../form/whole-number.ts";

/** Kinds of mail, in the order in which they are shown. */
export const noticeKinds = [
  "EXPIRING",
  "EXPIRED",
  "ROTATION_DUE",
  "UNCLAIMED",
  "EXPOSED",
  "SUSPICIOUS",
  "WEBHOOK_DISABLED",
] as const satisfies readonly (keyof typeof NoticeKind)[];

/** Who is sent mail, and when, as a form has it. */
export interface MailFields {
  readonly contacts: string[];
  /** As they are typed. */
  readonly expiringDays: string[];
  readonly rotationDue: LifetimeFields;
  readonly muted: readonly NoticeKind[];
}

export function mailFieldsOf({ contactEmails, notices }: Pick<Project, "contactEmails" | "notices">): MailFields {
  return {
    contacts: contactEmails,
    expiringDays: (notices?.expiringDays ?? []).map(String),
    rotationDue: lifetimeFieldsOf(notices?.rotationDueAfter),
    muted: notices?.muted ?? [],
  };
}

export function areDays(typed: readonly string[]): boolean {
  return typed.every((text) => isWholeNumber(text) && Number(text) >= 1 && Number(text) <= 365);
}

/** As a request has it; undefined: something of it cannot be read. */
export function noticesOf({
  expiringDays,
  rotationDue,
  muted,
}: MailFields): MessageInitShape<typeof NoticesSchema> | undefined {
  if (!areDays(expiringDays) || !readsAsLifetime(rotationDue)) {
    return undefined;
  }
  return {
    expiringDays: expiringDays.map(Number),
    muted: [...muted],
    ...lifetimeGiven("rotationDueAfter", rotationDue),
  };
}
