import { TagsInput } from "@mantine/core";
import { texts } from "../texts.ts";

interface ListFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: readonly string[];
  readonly onChange: (parts: string[]) => void;
  readonly error: string | undefined;
  /** What is offered to choose from. */
  readonly data?: readonly string[];
}

/** Several texts, or none: each is typed and ended with Enter, a space or a comma, chosen, or pasted with others. */
export function ListField({ label, hint, value, onChange, error, data = [] }: ListFieldProps) {
  return (
    <TagsInput
      label={`${label} (${texts.form.optional})`}
      description={hint}
      data={[...data]}
      comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
      splitChars={[",", " "]}
      acceptValueOnBlur
      value={[...value]}
      onChange={(typed) => onChange(partsOf(typed))}
      error={error}
    />
  );
}

/** What was pasted may hold several. */
function partsOf(typed: readonly string[]): string[] {
  return [...new Set(typed.flatMap((text) => text.split(/[\s,]+/)).filter((part) => part !== ""))];
}
