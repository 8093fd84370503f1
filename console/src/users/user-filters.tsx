import { NativeSelect } from "@mantine/core";
import { useCallback } from "react";
import classes from "../listing/listing.module.css";
import { SearchField } from "../listing/search-field.tsx";
import { texts } from "../texts.ts";
import { roles } from "./roles.ts";
import { sorts } from "./user-query.ts";

interface UserFiltersProps {
  readonly params: URLSearchParams;
  readonly onChange: (name: string, value: string) => void;
}

const { filters: words, search, searchHint } = texts.users;
const roleChoices = [
  { value: "", label: words.anyRole },
  ...roles.map(({ key, name }) => ({ value: key as string, label: name })),
];
const sortChoices = Object.entries(sorts).map(([value, { name }]) => ({ value, label: name }));

/** Which users are listed, and in which order. */
export function UserFilters({ params, onChange }: UserFiltersProps) {
  const find = useCallback((keyword: string) => onChange("keyword", keyword), [onChange]);
  return (
    <search className={classes["filters"]}>
      <SearchField label={search} placeholder={searchHint} value={params.get("keyword") ?? ""} onSearch={find} />
      <NativeSelect
        label={words.role}
        data={roleChoices}
        value={params.get("role") ?? ""}
        onChange={(event) => onChange("role", event.currentTarget.value)}
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
