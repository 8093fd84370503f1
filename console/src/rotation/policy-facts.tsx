import { type ApiKey, type RotationPolicy, UnclaimedValue } from "@altalune/sdk/messages";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { lifetimeText } from "../form/lifetime.ts";
import { Moment } from "../listing/moment.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { texts } from "../texts.ts";

const { facts: words, fields } = texts.rotation;

interface PolicyFactsProps {
  readonly policy: RotationPolicy;
  readonly nextRotationAt: ApiKey["nextRotationAt"];
}

/** What a key's rotation policy says, and when it is due next. */
export function PolicyFacts({ policy, nextRotationAt }: PolicyFactsProps) {
  const { every, grace, unclaimed, beforeExpiry, lifetime } = policy;
  return (
    <Facts title={texts.rotation.title}>
      <Fact name={words.next}>
        <Moment at={nextRotationAt} otherwise={words.notDue} />
      </Fact>
      {every !== undefined && <Fact name={fields.every}>{lifetimeText(every)}</Fact>}
      <Fact name={fields.grace}>{graceText(grace)}</Fact>
      <Fact name={fields.unclaimed}>
        {unclaimed === UnclaimedValue.END ? fields.unclaimedChoices.end : fields.unclaimedChoices.keep}
      </Fact>
      {beforeExpiry !== undefined && (
        <Fact name={words.renewal}>{words.renewed(lifetimeText(beforeExpiry), lifetimeText(lifetime))}</Fact>
      )}
    </Facts>
  );
}

function graceText(grace: Duration | undefined): string {
  return grace === undefined || grace.seconds === 0n ? words.noGrace : lifetimeText(grace);
}
