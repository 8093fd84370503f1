import { RevocationReason } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";

const { reasons: words } = texts.keys;

const names: Readonly<Record<RevocationReason, string>> = {
  [RevocationReason.UNSPECIFIED]: "",
  [RevocationReason.KEY_COMPROMISED]: words.compromised,
  [RevocationReason.SUPERSEDED]: words.superseded,
  [RevocationReason.NO_LONGER_NEEDED]: words.noLongerNeeded,
  [RevocationReason.OWNER_LEFT]: words.ownerLeft,
  [RevocationReason.ADMINISTRATIVE]: words.administrative,
};

export function reasonText(reason: RevocationReason): string {
  return names[reason] ?? "";
}

/** Those that may be given. */
export const reasonChoices = Object.entries(names)
  .filter(([, label]) => label !== "")
  .map(([value, label]) => ({ value, label }));
