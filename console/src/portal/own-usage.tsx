import { MyApiKeyService, SortOrder, type UsageBucket } from "@altalune/sdk/messages";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { NativeSelect } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Answer } from "../listing/answer.tsx";
import filters from "../listing/listing.module.css";
import { countText } from "../parts/count-text.ts";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { acceptedIn, refusedIn, startMsOf, totalOf } from "../usage/counts.ts";
import { PeriodField } from "../usage/period-field.tsx";
import { type Period, type PeriodName, periods, startText, timesOf } from "../usage/periods.ts";
import classes from "./portal.module.css";

const words = texts.usage;

/** How many keys can be chosen from: the newest. All count where none is chosen. */
const maxChoices = 100;

/** How often the owner's keys were presented, and what came of it. */
export function OwnUsage({ mayRead }: { readonly mayRead: boolean }) {
  const [name, setName] = useState<PeriodName>("week");
  const [apiKeyId, setApiKeyId] = useState("");
  const period = periods[name];
  const asked = useMemo(() => {
    const key = apiKeyId === "" ? {} : { apiKeyId };
    return { ...key, ...timesOf({ period, endMs: Date.now() }) };
  }, [apiKeyId, period]);
  const usage = useQuery(MyApiKeyService.method.getMyUsage, asked, { placeholderData: keepPreviousData });
  const query = { sorting: { field: "created_at", order: SortOrder.DESC }, pagination: { pageSize: maxChoices } };
  const keys = useQuery(MyApiKeyService.method.queryMyApiKeys, mayRead ? { query } : skipToken).data?.data ?? [];
  const { key, allKeys } = texts.portal.usage;
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <div className={filters["filters"]}>
        {keys.length > 0 && (
          <NativeSelect
            label={key}
            data={[{ value: "", label: allKeys }, ...keys.map(({ id, name }) => ({ value: id, label: name }))]}
            value={apiKeyId}
            onChange={(event) => setApiKeyId(event.currentTarget.value)}
          />
        )}
        <PeriodField value={name} onChange={setName} />
      </div>
      <Answer to={usage}>
        {({ buckets }) => <Buckets buckets={buckets} period={period} isStale={usage.isPlaceholderData} />}
      </Answer>
    </section>
  );
}

interface BucketsProps {
  readonly buckets: readonly UsageBucket[];
  readonly period: Period;
  readonly isStale: boolean;
}

function Buckets({ buckets, period, isStale }: BucketsProps) {
  if (buckets.length === 0) {
    return <p role="status">{words.none}</p>;
  }
  const columns: readonly Column<UsageBucket>[] = [
    { name: period.bucketName, cell: (bucket) => startText(startMsOf(bucket), period) },
    { name: words.columns.accepted, cell: ({ counts }) => countText(acceptedIn(counts)) },
    { name: words.columns.refused, cell: ({ counts }) => countText(refusedIn(counts)) },
  ];
  return (
    <>
      <p role="status" className={classes["total"]}>
        {words.total(countText(totalOf(buckets, acceptedIn)), countText(totalOf(buckets, refusedIn)))}
      </p>
      <Table
        name={words.title}
        columns={columns}
        rows={[...buckets].reverse()}
        keyOf={(bucket) => `${startMsOf(bucket)}`}
        isStale={isStale}
      />
    </>
  );
}
