import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Missing } from "../listing/missing.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { texts } from "../texts.ts";
import { LimitState } from "./limit-state.tsx";
import { limitText } from "./limit-text.ts";
import { useTiers } from "./use-tiers.ts";

/** How often it is asked where a key stands, in milliseconds, while somebody looks at the page. */
const everyMs = 5_000;

const { key: words } = texts.keys;

/** How many calls a key may make, by limits of its own, or else by its tier's; and how many are left of them. */
export function KeyLimits({ apiKey }: { readonly apiKey: ApiKey }) {
  const tiers = useTiers();
  const { projectId, id: apiKeyId, tier: name, rateLimits: own } = apiKey;
  // Of a page that is hidden the library asks nothing.
  const standing = useQuery(
    ApiKeyService.method.getRateLimits,
    { projectId, apiKeyId },
    { refetchInterval: everyMs, staleTime: 0 },
  );
  const tier = tiers.data?.data.find((one) => one.name === name);
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
    <>
      <Facts title={words.limits} note={words.windows}>
        <Fact name={words.tier}>{name || words.noTier}</Fact>
        <Fact name={words.perMinute}>{say(own?.perMinute, tier?.rateLimits?.perMinute)}</Fact>
        <Fact name={words.perDay}>{say(own?.perDay, tier?.rateLimits?.perDay)}</Fact>
        {standing.data?.rateLimits.map((state) => (
          <LimitState key={state.window} state={state} />
        ))}
      </Facts>
      <Missing of={standing.error === null ? tiers : standing} />
    </>
  );
}
