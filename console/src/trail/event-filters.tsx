import { NativeSelect } from "@mantine/core";
import { SearchField } from "../listing/search-field.tsx";
import type { FilterProps } from "../listing/use-listing.ts";
import { texts } from "../texts.ts";

interface EventFiltersProps extends FilterProps {
  /** Those that there are. */
  readonly actions: readonly string[];
}

const { filters: words, sorts, search, searchHint } = texts.trail;
const sortChoices = Object.entries(sorts).map(([value, label]) => ({ value, label }));

/** Which events are listed, and in which order. */
export function EventFilters({ actions, ...props }: EventFiltersProps) {
  const { params, onChange } = props;
  const action = params.get("action") ?? "";
  // The address may say one that the server does not know.
  const choices = action === "" || actions.includes(action) ? actions : [action, ...actions];
  return (
    <>
      <SearchField {...props} name="keyword" label={search} placeholder={searchHint} />
      <NativeSelect
        label={words.action}
        data={[{ value: "", label: words.anyAction }, ...choices]}
        value={action}
        onChange={(event) => onChange("action", event.currentTarget.value)}
      />
      <SearchField {...props} name="actor" isForeignId label={words.actor} placeholder={words.actorHint} />
      <SearchField {...props} name="resource" label={words.resource} placeholder={words.resourceHint} />
      <SearchField {...props} name="request" isForeignId label={words.request} placeholder={words.requestHint} />
      <NativeSelect
        label={words.sort}
        data={sortChoices}
        value={params.get("sort") === "oldest" ? "oldest" : "newest"}
        onChange={(event) => onChange("sort", event.currentTarget.value)}
      />
    </>
  );
}
