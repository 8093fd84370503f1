import { PasswordInput } from "@mantine/core";

interface PasswordFieldProps {
  readonly label: string;
  readonly description?: string;
  /** Whether it is one that is chosen now. */
  readonly isNew?: boolean;
  readonly value: string;
  readonly onChange: (password: string) => void;
  readonly error: string | false | undefined;
  /** Whether a dialog begins here. */
  readonly "data-autofocus"?: boolean;
}

export function PasswordField({ isNew = false, onChange, error, ...props }: PasswordFieldProps) {
  return (
    <PasswordInput
      {...props}
      autoComplete={isNew ? "new-password" : "current-password"}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      aria-invalid={Boolean(error)}
    />
  );
}
