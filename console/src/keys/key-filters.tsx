import { NativeSelect } from "@mantine/core";
import { SearchField } from "../listing/search-field.tsx";
import type { FilterProps } from "../listing/use-listing.ts";
import { texts } from "../texts.ts";
import { sorts, statuses } from "./key-query.ts";

const { filters: words } = texts.keys;
const statusChoices = [
  { value: "", label: words.anyStatus },
  ...Object.entries(statuses).map(([value, label]) => ({ value, label })),
];
const sortChoices = Object.entries(sorts).map(([value, { name }]) => ({ value, label: name }));

interface KeyFiltersProps extends FilterProps {
  /** Whether they are an owner's, whom nothing changes. */
  readonly isOfOwner?: boolean;
}

/** Which keys are listed, and in which order. */
export function KeyFilters({ isOfOwner = false, ...props }: KeyFiltersProps) {
  const { params, onChange } = props;
  return (
    <>
      <SearchField {...props} name="keyword" />
      <NativeSelect
        label={words.status}
        data={statusChoices}
        value={params.get("status") ?? ""}
        onChange={(event) => onChange("status", event.currentTarget.value)}
      />
      {!isOfOwner && (
        <SearchField
          {...props}
          name="owner"
          isForeignId
          label={words.owner}
          placeholder={words.ownerHint}
          maxLength={128}
        />
      )}
      <NativeSelect
        label={words.sort}
        data={sortChoices}
        value={params.get("sort") ?? "newest"}
        onChange={(event) => onChange("sort", event.currentTarget.value)}
      />
    </>
  );
}
