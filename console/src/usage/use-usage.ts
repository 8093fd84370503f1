import { UsageService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useQueryParams } from "../listing/use-query-params.ts";
import { type PeriodName, periods, timesOf } from "./periods.ts";

interface UsageOptions {
  /** Undefined: all keys of the project. */
  readonly apiKeyId?: string;
  /** How many of the keys that are used most. */
  readonly topKeys?: number;
}

/** What became of the calls by a project's keys, in the time that the address says. */
export function useUsage(projectId: string, { apiKeyId, topKeys = 0 }: UsageOptions) {
  const [params, setParam] = useQueryParams();
  const wanted = params.get("period") ?? "";
  const name = Object.hasOwn(periods, wanted) ? (wanted as PeriodName) : "week";
  const asked = useMemo(() => ({ period: periods[name], endMs: Date.now() }), [name]);
  const ofKey = apiKeyId === undefined ? {} : { apiKeyId };
  const usage = useQuery(
    UsageService.method.getUsage,
    { projectId, ...ofKey, topKeys, ...timesOf(asked) },
    { placeholderData: keepPreviousData },
  );
  // What is shown until another answer comes is of the period before.
  const [shown, setShown] = useState(asked);
  if (!usage.isPlaceholderData && shown !== asked) {
    setShown(asked);
  }
  return {
    usage,
    asked: usage.isPlaceholderData ? shown : asked,
    isStale: usage.isPlaceholderData,
    name,
    setName: (chosen: PeriodName) => setParam("period", chosen),
  };
}
