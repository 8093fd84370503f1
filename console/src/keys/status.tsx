import { ApiKeyStatus } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";
import classes from "./status.module.css";

const { status: words } = texts.keys;

const looks: Readonly<Record<ApiKeyStatus, readonly [name: string, tone: string]>> = {
  [ApiKeyStatus.UNSPECIFIED]: [words.unknown, "idle"],
  [ApiKeyStatus.ACTIVE]: [words.active, "good"],
  [ApiKeyStatus.DISABLED]: [words.disabled, "warn"],
  [ApiKeyStatus.EXPIRED]: [words.expired, "idle"],
  [ApiKeyStatus.REVOKED]: [words.revoked, "bad"],
};

/** What becomes of a key when it is presented. */
export function Status({ status }: { readonly status: ApiKeyStatus }) {
  // A newer server may know more of them.
  const [name, tone] = looks[status] ?? looks[ApiKeyStatus.UNSPECIFIED];
  return (
    <span className={classes["status"]} data-tone={tone}>
      {name}
    </span>
  );
}
