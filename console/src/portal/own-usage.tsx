import { Granularity, MyApiKeyService, SortOrder, type UsageBucket } from "@altalune/sdk/messages";
import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { NativeSelect } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Answer } from "../listing/answer.tsx";
import filters from "../listing/listing.module.css";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import classes from "./portal.module.css";

const { usage: words } = texts.portal;
const hourMs = 60 * 60 * 1000;

const ranges = {
  day: { name: words.ranges.day, ms: 24 * hourMs, granularity: Granularity.HOUR },
  week: { name: words.ranges.week, ms: 7 * 24 * hourMs, granularity: Granularity.DAY },
  month: { name: words.ranges.month, ms: 30 * 24 * hourMs, granularity: Granularity.DAY },
} as const;

type Range = keyof typeof ranges;

/** How many keys can be chosen from: the newest. All count where none is chosen. */
const maxChoices = 100;

/** How often the owner's keys were presented, and what came of it. */
export function OwnUsage({ mayRead }: { readonly mayRead: boolean }) {
  const [range, setRange] = useState<Range>("week");
  const [apiKeyId, setApiKeyId] = useState("");
  const { ms, granularity } = ranges[range];
  const asked = useMemo(() => {
    const now = Date.now();
    const key = apiKeyId === "" ? {} : { apiKeyId };
    return { ...key, startTime: timestampFromMs(now - ms), endTime: timestampFromMs(now), granularity };
  }, [apiKeyId, ms, granularity]);
  const usage = useQuery(MyApiKeyService.method.getMyUsage, asked, { placeholderData: keepPreviousData });
  const query = { sorting: { field: "created_at", order: SortOrder.DESC }, pagination: { pageSize: maxChoices } };
  const keys = useQuery(MyApiKeyService.method.queryMyApiKeys, mayRead ? { query } : skipToken).data?.data ?? [];
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <div className={filters["filters"]}>
        {keys.length > 0 && (
          <NativeSelect
            label={words.key}
            data={[{ value: "", label: words.allKeys }, ...keys.map(({ id, name }) => ({ value: id, label: name }))]}
            value={apiKeyId}
            onChange={(event) => setApiKeyId(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label={words.range}
          data={Object.entries(ranges).map(([value, { name }]) => ({ value, label: name }))}
          value={range}
          onChange={(event) => setRange(event.currentTarget.value as Range)}
        />
      </div>
      <Answer to={usage}>
        {({ buckets }) => (
          <Buckets buckets={buckets} isByHour={granularity === Granularity.HOUR} isStale={usage.isPlaceholderData} />
        )}
      </Answer>
    </section>
  );
}

const number = new Intl.NumberFormat("en");
const hourOf = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const dayOf = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });

interface BucketsProps {
  readonly buckets: readonly UsageBucket[];
  readonly isByHour: boolean;
  readonly isStale: boolean;
}

function Buckets({ buckets, isByHour, isStale }: BucketsProps) {
  if (buckets.length === 0) {
    return <p role="status">{words.none}</p>;
  }
  const { columns: names } = words;
  const format = isByHour ? hourOf : dayOf;
  const columns: readonly Column<UsageBucket>[] = [
    { name: isByHour ? names.hour : names.day, cell: ({ startTime }) => format.format(msOf(startTime)) },
    { name: names.accepted, cell: (bucket) => number.format(acceptedIn(bucket)) },
    { name: names.refused, cell: (bucket) => number.format(refusedIn(bucket)) },
  ];
  const total = (count: (bucket: UsageBucket) => bigint) =>
    number.format(buckets.reduce((sum, bucket) => sum + count(bucket), 0n));
  return (
    <>
      <p role="status" className={classes["total"]}>
        {words.total(total(acceptedIn), total(refusedIn))}
      </p>
      <Table
        name={words.title}
        columns={columns}
        rows={[...buckets].reverse()}
        keyOf={({ startTime }) => `${msOf(startTime)}`}
        isStale={isStale}
      />
    </>
  );
}

const accepted = "VERIFICATION_CODE_VALID";

function acceptedIn({ counts }: UsageBucket): bigint {
  return counts[accepted] ?? 0n;
}

/** Whatever the reason. */
function refusedIn({ counts }: UsageBucket): bigint {
  return Object.entries(counts).reduce((sum, [code, count]) => (code === accepted ? sum : sum + count), 0n);
}

function msOf(at: Timestamp | undefined): number {
  return at === undefined ? 0 : timestampMs(at);
}
