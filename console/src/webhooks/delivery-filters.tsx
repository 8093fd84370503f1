import { NativeSelect } from "@mantine/core";
import type { FilterProps } from "../listing/use-listing.ts";
import { texts } from "../texts.ts";
import { states } from "./delivery-query.ts";
import { eventTypes, testEventType } from "./event-types.ts";

const { filters: words } = texts.webhooks;
const stateChoices = [
  { value: "", label: words.anyState },
  ...Object.entries(states).map(([value, { name }]) => ({ value, label: name })),
];
const known = [...eventTypes, testEventType];

/** Which deliveries are listed. */
export function DeliveryFilters({ params, onChange }: FilterProps) {
  const type = params.get("type") ?? "";
  // The address may say one that is not known here.
  const types = type === "" || known.includes(type) ? known : [type, ...known];
  return (
    <>
      <NativeSelect
        label={words.state}
        data={stateChoices}
        value={params.get("state") ?? ""}
        onChange={(event) => onChange("state", event.currentTarget.value)}
      />
      <NativeSelect
        label={words.type}
        data={[{ value: "", label: words.anyType }, ...types]}
        value={type}
        onChange={(event) => onChange("type", event.currentTarget.value)}
      />
    </>
  );
}
