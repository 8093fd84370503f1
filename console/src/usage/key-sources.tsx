import { UsageService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { NativeSelect } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Answer } from "../listing/answer.tsx";
import filters from "../listing/listing.module.css";
import { useQueryParams } from "../listing/use-query-params.ts";
import { texts } from "../texts.ts";
import { daysOf, sourceSpanOf, spanChoices } from "./source-days.ts";
import { SourceTable } from "./source-table.tsx";
import classes from "./usage.module.css";

const words = texts.usage.sources;
const mostSources = 20;

/** Where the calls by a key came from. */
export default function KeySources({ projectId, apiKeyId }: { readonly projectId: string; readonly apiKeyId: string }) {
  const [params, setParam] = useQueryParams();
  const span = sourceSpanOf(params.get("sources"));
  const sources = useQuery(
    UsageService.method.getApiKeyUsageBySource,
    { projectId, apiKeyId, limit: mostSources, ...daysOf(span) },
    { placeholderData: keepPreviousData },
  );
  const isStale = sources.isPlaceholderData;
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <div className={filters["filters"]}>
        <NativeSelect
          label={words.days}
          data={spanChoices}
          value={span}
          onChange={(event) => setParam("sources", event.currentTarget.value)}
        />
      </div>
      <Answer to={sources}>
        {({ networks, agents }) =>
          networks.length === 0 ? (
            <p role="status">{words.empty}</p>
          ) : (
            <>
              <SourceTable {...words.networks} sources={networks} isStale={isStale} />
              {agents.length === 0 ? (
                <p role="status">{words.noAgents}</p>
              ) : (
                <SourceTable {...words.agents} sources={agents} isStale={isStale} />
              )}
              <p className={classes["note"]}>{words.note(mostSources)}</p>
            </>
          )
        }
      </Answer>
    </section>
  );
}
