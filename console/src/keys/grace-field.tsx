import { NativeSelect } from "@mantine/core";
import { texts } from "../texts.ts";

interface GraceFieldProps {
  /** What it means to have none. */
  readonly none: string;
  /** In seconds. */
  readonly value: string;
  readonly onChange: (seconds: string) => void;
  readonly error: string | undefined;
}

const { rotate: words } = texts.keys;
const hourSeconds = 60 * 60;
const graces = [
  { value: `${hourSeconds}`, label: words.graces.hour },
  { value: `${24 * hourSeconds}`, label: words.graces.day },
  { value: `${7 * 24 * hourSeconds}`, label: words.graces.week },
  { value: `${30 * 24 * hourSeconds}`, label: words.graces.month },
];

/** What is chosen unless somebody chooses otherwise. */
export const usualGrace = `${24 * hourSeconds}`;

/** For how long what was there before a rotation goes on working. */
export function GraceField({ none, value, onChange, error }: GraceFieldProps) {
  return (
    <NativeSelect
      data-autofocus
      label={words.grace}
      data={[{ value: "0", label: none }, ...graces]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
