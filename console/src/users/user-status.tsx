import type { User } from "@altalune/sdk/messages";
import { Badge } from "../parts/badge.tsx";
import { texts } from "../texts.ts";

const { status: words } = texts.users;

/** Whether a user gets in. */
export function UserStatus({ user: { disabled, username } }: { readonly user: User }) {
  if (disabled) {
    return <Badge tone="warn">{words.disabled}</Badge>;
  }
  return username === "" ? <Badge tone="idle">{words.invited}</Badge> : <Badge tone="good">{words.active}</Badge>;
}
