import type { Webhook } from "@altalune/sdk/messages";
import { TextInput } from "@mantine/core";
import { ListField } from "../form/list-field.tsx";
import { texts } from "../texts.ts";
import { eventTypes } from "./event-types.ts";

/** What is decided of a webhook. */
export type WebhookText = Pick<Webhook, "url" | "eventTypes" | "description">;

interface WebhookFieldsProps {
  readonly value: WebhookText;
  readonly onChange: (changes: Partial<WebhookText>) => void;
  /** What each field must be that is at fault, by its name in the contract. */
  readonly faults: Readonly<Record<string, string>>;
}

const { fields: words } = texts.webhooks;

/** Where a webhook leads, and what it is told of. */
export function WebhookFields({ value, onChange, faults }: WebhookFieldsProps) {
  return (
    <>
      <TextInput
        data-autofocus
        label={words.url}
        description={words.urlHint}
        type="url"
        autoCapitalize="none"
        spellCheck={false}
        value={value.url}
        onChange={(event) => onChange({ url: event.currentTarget.value })}
        error={faults["url"]}
      />
      <ListField
        label={words.events}
        hint={words.eventsHint}
        data={eventTypes}
        value={value.eventTypes}
        onChange={(told) => onChange({ eventTypes: told })}
        error={faults["event_types"]}
      />
      <TextInput
        label={`${words.description} (${texts.form.optional})`}
        description={words.descriptionHint}
        value={value.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={faults["description"]}
      />
    </>
  );
}
