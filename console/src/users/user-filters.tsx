import { NativeSelect } from "@mantine/core";
import { SearchField } from "../listing/search-field.tsx";
import type { FilterProps } from "../listing/use-listing.ts";
import { texts } from "../texts.ts";
import { roles } from "./roles.ts";
import { sorts } from "./user-query.ts";

const { filters: words, search, searchHint } = texts.users;
const roleChoices = [
  { value: "", label: words.anyRole },
  ...roles.map(({ key, name }) => ({ value: key as string, label: name })),
];
const sortChoices = Object.entries(sorts).map(([value, { name }]) => ({ value, label: name }));

/** Which users are listed, and in which order. */
export function UserFilters(props: FilterProps) {
  const { params, onChange } = props;
  return (
    <>
      <SearchField {...props} name="keyword" label={search} placeholder={searchHint} />
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
    </>
  );
}
