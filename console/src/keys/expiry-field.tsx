import { NativeSelect, TextInput } from "@mantine/core";
import { texts } from "../texts.ts";

interface ExpiryFieldProps<Choice extends string> {
  readonly description?: string;
  readonly choices: readonly { readonly value: Choice; readonly label: string }[];
  readonly value: Choice;
  readonly onChange: (choice: Choice) => void;
  /** The last day, for the choice `date`. */
  readonly date: string;
  readonly onDate: (date: string) => void;
  readonly isDateMissing: boolean;
  readonly error: string | undefined;
}

const { new: words } = texts.keys;

/** When a key is to expire: after some days, or on a day of one's own. */
export function ExpiryField<Choice extends string>(props: ExpiryFieldProps<Choice>) {
  const { description, choices, value, onChange, date, onDate, isDateMissing, error } = props;
  const isOnDate = value === "date";
  return (
    <>
      <NativeSelect
        label={words.expires}
        description={description}
        data={[...choices]}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as Choice)}
        error={!isOnDate && error}
      />
      {isOnDate && (
        <TextInput
          type="date"
          label={words.date}
          value={date}
          onChange={(event) => onDate(event.currentTarget.value)}
          error={isDateMissing ? words.dateMissing : error}
        />
      )}
    </>
  );
}
