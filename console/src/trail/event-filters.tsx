import { NativeSelect } from "@mantine/core";
import { useMemo } from "react";
import classes from "../listing/listing.module.css";
import { SearchField } from "../listing/search-field.tsx";
import { texts } from "../texts.ts";

interface EventFiltersProps {
  /** Those that there are. */
  readonly actions: readonly string[];
  readonly params: URLSearchParams;
  readonly onChange: (name: string, value: string) => void;
}

const { filters: words, sorts, search, searchHint } = texts.trail;
const sortChoices = Object.entries(sorts).map(([value, label]) => ({ value, label }));

/** Which events are listed, and in which order. */
export function EventFilters({ actions, params, onChange }: EventFiltersProps) {
  const to = useMemo(
    () => ({
      keyword: (text: string) => onChange("keyword", text),
      actor: (text: string) => onChange("actor", text),
      resource: (text: string) => onChange("resource", text),
      request: (text: string) => onChange("request", text),
    }),
    [onChange],
  );
  const action = params.get("action") ?? "";
  // The address may say one that the server does not know.
  const choices = action === "" || actions.includes(action) ? actions : [action, ...actions];
  return (
    <search className={classes["filters"]}>
      <SearchField label={search} placeholder={searchHint} value={params.get("keyword") ?? ""} onSearch={to.keyword} />
      <NativeSelect
        label={words.action}
        data={[{ value: "", label: words.anyAction }, ...choices]}
        value={action}
        onChange={(event) => onChange("action", event.currentTarget.value)}
      />
      <SearchField
        label={words.actor}
        placeholder={words.actorHint}
        value={params.get("actor") ?? ""}
        onSearch={to.actor}
      />
      <SearchField
        label={words.resource}
        placeholder={words.resourceHint}
        value={params.get("resource") ?? ""}
        onSearch={to.resource}
      />
      <SearchField
        label={words.request}
        placeholder={words.requestHint}
        value={params.get("request") ?? ""}
        onSearch={to.request}
      />
      <NativeSelect
        label={words.sort}
        data={sortChoices}
        value={params.get("sort") === "oldest" ? "oldest" : "newest"}
        onChange={(event) => onChange("sort", event.currentTarget.value)}
      />
    </search>
  );
}
