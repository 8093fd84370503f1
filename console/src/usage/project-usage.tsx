import { Answer } from "../listing/answer.tsx";
import filters from "../listing/listing.module.css";
import { Empty } from "../parts/empty.tsx";
import { texts } from "../texts.ts";
import { PeriodField } from "./period-field.tsx";
import { Refusals } from "./refusals.tsx";
import { TopKeys } from "./top-keys.tsx";
import classes from "./usage.module.css";
import { UsageOverTime } from "./usage-over-time.tsx";
import { useUsage } from "./use-usage.ts";

const words = texts.usage;
const topKeys = 10;

/** What became of the calls by all keys of a project. */
export function ProjectUsage({ projectId }: { readonly projectId: string }) {
  const { usage, asked, isStale, name, setName } = useUsage(projectId, { topKeys });
  return (
    <>
      <div className={filters["filters"]}>
        <PeriodField value={name} onChange={setName} />
      </div>
      <Answer to={usage}>
        {({ buckets, topKeys: keys }) =>
          buckets.length === 0 ? (
            <Empty title={words.empty.title} text={words.empty.text} />
          ) : (
            <>
              <UsageOverTime buckets={buckets} asked={asked} isStale={isStale} />
              <section className={classes["section"]}>
                <h2>{words.topKeys.title}</h2>
                <TopKeys projectId={projectId} keys={keys} />
              </section>
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
