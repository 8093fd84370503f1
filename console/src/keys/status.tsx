import { ApiKeyStatus } from "@altalune/sdk/messages";
import { Badge, type BadgeTone } from "../parts/badge.tsx";
import { texts } from "../texts.ts";

const { status: words } = texts.keys;

const looks: Readonly<Record<ApiKeyStatus, readonly [name: string, tone: BadgeTone]>> = {
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
  return <Badge tone={tone}>{name}</Badge>;
}
