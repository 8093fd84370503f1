import { Answer } from "../listing/answer.tsx";
import filters from "../listing/listing.module.css";
import { texts } from "../texts.ts";
import { PeriodField } from "./period-field.tsx";
import classes from "./usage.module.css";
import { UsageOverTime } from "./usage-over-time.tsx";
import { useUsage } from "./use-usage.ts";

/** What became of the calls by a key. */
export function KeyUsage({ projectId, apiKeyId }: { readonly projectId: string; readonly apiKeyId: string }) {
  const { usage, asked, isStale, name, setName } = useUsage(projectId, { apiKeyId });
  return (
    <section className={classes["section"]}>
      <h2>{texts.usage.title}</h2>
      <div className={filters["filters"]}>
        <PeriodField value={name} onChange={setName} />
      </div>
      <Answer to={usage}>
        {({ buckets }) =>
          buckets.length === 0 ? (
            <p role="status">{texts.usage.empty.ofKey}</p>
          ) : (
            <UsageOverTime buckets={buckets} asked={asked} isStale={isStale} />
          )
        }
      </Answer>
    </section>
  );
}
