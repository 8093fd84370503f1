import { Answer } from "../listing/answer.tsx";
import filters from "../listing/listing.module.css";
import { Empty } from "../parts/empty.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { PeriodField } from "./period-field.tsx";
import { Refusals } from "./refusals.tsx";
import { TopKeys } from "./top-keys.tsx";
import classes from "./usage.module.css";
import { UsageOverTime } from "./usage-over-time.tsx";
import { useUsage } from "./use-usage.ts";

const words = texts.usage;
const mostKeys = 10;

/** What became of the calls by all keys of a project. */
export function ProjectUsage({ projectId }: { readonly projectId: string }) {
  const mayReadKeys = may(useUser(), "api_keys:read");
  const { usage, asked, isStale, name, setName } = useUsage(projectId, { topKeys: mayReadKeys ? mostKeys : 0 });
  return (
    <>
      <div className={filters["filters"]}>
        <PeriodField value={name} onChange={setName} />
      </div>
      <Answer to={usage}>
        {({ buckets, topKeys }) =>
          buckets.length === 0 ? (
            <Empty title={words.empty.title} text={words.empty.text} />
          ) : (
            <>
              <UsageOverTime buckets={buckets} asked={asked} isStale={isStale} />
              {mayReadKeys && (
                <section className={classes["section"]}>
                  <h2>{words.topKeys.title}</h2>
                  <TopKeys projectId={projectId} keys={topKeys} />
                </section>
              )}
              <section className={classes["section"]}>
                <h2>{words.refusals.title}</h2>
                <Refusals buckets={buckets} />
              </section>
            </>
          )
        }
      </Answer>
    </>
  );
}
