import type { ApiKey } from "@altalune/sdk/messages";
import { Fact, Facts } from "../parts/facts.tsx";
import { texts } from "../texts.ts";
import { limitText } from "./limit-text.ts";
import { useTiers } from "./use-tiers.ts";

const { key: words } = texts.keys;

/** How many calls a key may make: by limits of its own, or else by its tier's. */
export function KeyLimits({ apiKey }: { readonly apiKey: ApiKey }) {
  const tiers = useTiers();
  const { tier: name, rateLimits: own } = apiKey;
  const tier = tiers?.find((one) => one.name === name);
  const say = (ownLimit: number | undefined, tierLimit: number | undefined): string => {
    if (ownLimit !== undefined) {
      return words.own(limitText(ownLimit));
    }
    if (name === "") {
      return words.unlimited;
    }
    return tier === undefined ? words.ofUnknownTier(name) : words.ofTier(limitText(tierLimit), name);
  };
  return (
    <Facts title={words.limits} note={words.windows}>
      <Fact name={words.tier}>{name || words.noTier}</Fact>
      <Fact name={words.perMinute}>{say(own?.perMinute, tier?.rateLimits?.perMinute)}</Fact>
      <Fact name={words.perDay}>{say(own?.perDay, tier?.rateLimits?.perDay)}</Fact>
    </Facts>
  );
}
