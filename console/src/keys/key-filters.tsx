import { NativeSelect } from "@mantine/core";
import { useCallback } from "react";
import classes from "../listing/listing.module.css";
import { SearchField } from "../listing/search-field.tsx";
import { texts } from "../texts.ts";
import { sorts, statuses } from "./key-query.ts";

interface KeyFiltersProps {
  readonly params: URLSearchParams;
  readonly onChange: (name: string, value: string) => void;
}

const { filters: words } = texts.keys;
const statusChoices = [
  { value: "", label: words.anyStatus },
  ...Object.entries(statuses).map(([value, label]) => ({ value, label })),
];
const sortChoices = Object.entries(sorts).map(([value, { name }]) => ({ value, label: name }));

/** Which keys are listed, and in which order. */
export function KeyFilters({ params, onChange }: KeyFiltersProps) {
  const search = useCallback((keyword: string) => onChange("keyword", keyword), [onChange]);
  const ofOwner = useCallback((owner: string) => onChange("owner", owner), [onChange]);
  return (
    <search className={classes["filters"]}>
      <SearchField value={params.get("keyword") ?? ""} onSearch={search} />
      <NativeSelect
        label={words.status}
        data={statusChoices}
        value={params.get("status") ?? ""}
        onChange={(event) => onChange("status", event.currentTarget.value)}
      />
      <SearchField
        label={words.owner}
        placeholder={words.ownerHint}
        maxLength={128}
        value={params.get("owner") ?? ""}
        onSearch={ofOwner}
      />
      <NativeSelect
        label={words.sort}
        data={sortChoices}
        value={params.get("sort") ?? "newest"}
        onChange={(event) => onChange("sort", event.currentTarget.value)}
      />
    </search>
  );
}
