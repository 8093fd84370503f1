import type { UsageBucket } from "@altalune/sdk/messages";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { countText } from "../parts/count-text.ts";
import { BucketNote } from "./bucket-note.tsx";
import { chartRows } from "./chart-rows.ts";
import { type AskedPeriod, shortStartText, startText } from "./periods.ts";
import classes from "./usage-chart.module.css";
import type { Verdict } from "./verdicts.ts";

interface UsageChartProps {
  readonly buckets: readonly UsageBucket[];
  readonly verdicts: readonly Verdict[];
  readonly asked: AskedPeriod;
}

const tick = { fill: "var(--mantine-color-dimmed)" };
const margin = { top: 8, right: 4, bottom: 0, left: 0 };

/** A bar for each bucket, parted by verdict. For who sees it: a table of the same stands beside it, and nothing here has the focus. */
export default function UsageChart({ buckets, verdicts, asked }: UsageChartProps) {
  const { period } = asked;
  const codes = verdicts.map(({ code }) => code);
  return (
    <ResponsiveContainer width="100%" height="100%" className={classes["chart"]}>
      <BarChart data={chartRows(buckets, codes, asked)} accessibilityLayer={false} margin={margin}>
        <CartesianGrid vertical={false} />
        <XAxis
          dataKey="startMs"
          tickFormatter={(ms: number) => shortStartText(ms, period)}
          height={20}
          tick={tick}
          tickLine={false}
          minTickGap={16}
        />
        <YAxis
          width="auto"
          tickFormatter={(count: number) => countText(count)}
          allowDecimals={false}
          tick={tick}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip
          isAnimationActive={false}
          content={({ active, label, payload }) =>
            active ? (
              <BucketNote
                start={startText(Number(label), period)}
                counts={payload[0]?.payload ?? {}}
                verdicts={verdicts}
              />
            ) : null
          }
        />
        {verdicts.map(({ code, name, color }) => (
          <Bar
            key={code}
            dataKey={code}
            name={name}
            fill={color}
            stackId="calls"
            maxBarSize={48}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}
