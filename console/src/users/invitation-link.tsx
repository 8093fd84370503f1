import type { InviteUserResponse } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ShownOnce } from "../keys/shown-once.tsx";
import { momentText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

export interface Invitation {
  readonly userId: string;
  /** A secret. */
  readonly url: string;
  /** Until when it is good, for people. */
  readonly until: string;
}

const { link: words } = texts.users;

export function invitationOf({ user, invitationUrl, expiresAt }: InviteUserResponse): Invitation {
  const until = expiresAt === undefined ? "" : momentText(timestampMs(expiresAt));
  return { userId: user?.id ?? "", url: invitationUrl, until };
}

/** The link by which somebody comes in, this once. */
export function InvitationLink({ invitation, onStored }: { readonly invitation: Invitation; onStored: () => void }) {
  return (
    <ShownOnce
      value={invitation.url}
      words={{ ...words, text: words.text(invitation.until) }}
      rows={4}
      onStored={onStored}
    />
  );
}
