import { PasswordInput } from "@mantine/core";
import { texts } from "../texts.ts";

interface ValueFieldProps {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | false | undefined;
  /** Whether a dialog begins here. */
  readonly "data-autofocus"?: boolean;
}

/** Takes the value of a key. It has no name, so that no form could put it into an address. */
export function ValueField({ onChange, error, ...props }: ValueFieldProps) {
  return (
    <PasswordInput
      {...props}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      visibilityToggleButtonProps={{ "aria-label": texts.keys.value.show, tabIndex: 0 }}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      aria-invalid={Boolean(error)}
    />
  );
}
