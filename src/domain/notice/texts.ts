import type { Detail } from "../audit/model.js";
import type { KeyStanding, Notice, NoticeKind } from "./model.js";

/** What is said of a notice. */
export interface NoticeText {
  /** In a subject, and above the rest. */
  readonly headline: string;
  /** What happened, and what to do. */
  readonly sentences: readonly string[];
}

/** @param now the time at which it is sent */
export function textOf(notice: Notice, now: Date): NoticeText {
  return texts[notice.kind](notice, now);
}

const texts: Readonly<Record<NoticeKind, (notice: Notice, now: Date) => NoticeText>> = {
  expiring: ({ name, expiresAt }, now) => ({
    headline: `The key ${name} expires ${inDays(expiresAt, now)}`,
    sentences: [
      `It expires at ${moment(expiresAt)}. From then on calls with it are refused.`,
      "If it is still needed, give it a later end, or make a new key and put that in its place.",
    ],
  }),
  expired: ({ name, expiresAt }) => ({
    headline: `The key ${name} has expired`,
    sentences: [
      `It expired at ${moment(expiresAt)}. Calls with it are refused.`,
      "If it is still needed, give it a later end, or make a new key. If not, delete it.",
    ],
  }),
  rotation_due: ({ name, moment: since }, now) => ({
    headline: `The key ${name} has had the same value for ${days(since, now)}`,
    sentences: [
      `Its value is in use since ${moment(since)}. The longer that is, the more people and places may know it.`,
      "Rotate it: it has a new value then, and the old one works on for as long as you say.",
    ],
  }),
  unclaimed: ({ name, ownerId, standing, previousExpiresAt, detail }) => ({
    headline: `The key ${name} has a new value that nobody has claimed`,
    sentences: [
      standing !== "live"
        ? ofKey(standing, detail)
        : detail["in_force"] === "already"
          ? `It was rotated by itself. The value before works until ${moment(previousExpiresAt)}; from then on calls with it are refused.`
          : "It was rotated by itself. The value before works on while nobody claims the new one, until the key ends at the latest; once it is claimed, for the grace that the policy gives.",
      "Claim the new value, in the console or by ClaimRotatedKey, and put it in the place of the one before.",
      ...(ownerId === "" ? [] : ["The key's owner can claim it, too, if owners may rotate their keys."]),
    ],
  }),
  exposed: ({ name, standing, detail }) => ({
    headline: `The key ${name} was found where others can read it`,
    sentences: [
      `Its value was reported at ${moment(happenedAt(detail))}. ${ofExposed(standing, detail)}`,
      "Rotate the key, take the value away from where it was found, and look at what it was used for. The trail says where that is.",
    ],
  }),
  suspicious: ({ name, standing, detail }) => ({
    headline: `The key ${name} is used as it was not before`,
    sentences: [
      `That was noticed at ${moment(happenedAt(detail))}. The trail has the figures. ${ofKey(standing, detail)}`,
      "Ask its owner whether that is so. If nobody knows why, rotate or revoke the key.",
    ],
  }),
  webhook_disabled: ({ detail }) => ({
    headline: `A webhook to ${String(detail["webhook"] ?? "an endpoint")} was switched off`,
    sentences: [
      detail["reason"] === "gone"
        ? `At ${moment(happenedAt(detail))} its endpoint said that it is gone. It is told of nothing any more.`
        : `At ${moment(happenedAt(detail))} it was switched off, since attempts to tell it of events had failed for days. It is told of nothing any more.`,
      "Mend the endpoint, then switch the webhook on again. What happens meanwhile is not told.",
    ],
  }),
};

function happenedAt({ at }: Detail): Date | undefined {
  return typeof at === "string" ? new Date(at) : undefined;
}

/** What a value that was found still opens. */
function ofExposed(standing: KeyStanding, detail: Detail): string {
  if (detail["value"] === "ended") {
    return "It is an old value, of no use any more.";
  }
  return standing === "live"
    ? `${ofKey(standing, detail)} So it does for whoever has found its value.`
    : ofKey(standing, detail);
}

/** How a key is that was found, or is used oddly: others may have done something with it since. */
function ofKey(standing: KeyStanding, { policy }: Detail): string {
  switch (standing) {
    case "deleted":
      return "The key was deleted, and is refused.";
    case "revoked":
      return "The key was revoked, and is refused.";
    case "expired":
      return "The key has expired, and is refused.";
    case "off":
      return "The key was switched off, and is refused until somebody switches it on.";
    case "live":
      return policy === "deactivate"
        ? "The key was switched off then and is on again: it works on."
        : "The key works on.";
  }
}

const dayMs = 24 * 60 * 60 * 1000;

function inDays(end: Date | undefined, now: Date): string {
  const left = Math.ceil(((end?.getTime() ?? 0) - now.getTime()) / dayMs);
  return left <= 1 ? "within a day" : `in ${left} days`;
}

function days(since: Date, now: Date): string {
  const count = Math.floor((now.getTime() - since.getTime()) / dayMs);
  return count === 1 ? "a day" : `${count} days`;
}

/** Such as `2026-11-27 10:11 UTC`. */
function moment(date: Date | undefined): string {
  return date === undefined ? "no time" : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
