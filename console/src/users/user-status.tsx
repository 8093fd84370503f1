import type { User } from "@altalune/sdk/messages";
import classes from "../keys/status.module.css";
import { texts } from "../texts.ts";

const { status: words } = texts.users;

/** Whether a user gets in. */
export function UserStatus({ user: { disabled, username } }: { readonly user: User }) {
  const [name, tone] = disabled
    ? [words.disabled, "warn"]
    : username === ""
      ? [words.invited, "idle"]
      : [words.active, "good"];
  return (
    <span className={classes["status"]} data-tone={tone}>
      {name}
    </span>
  );
}
