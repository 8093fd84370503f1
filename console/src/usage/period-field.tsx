import { NativeSelect } from "@mantine/core";
import { texts } from "../texts.ts";
import { type PeriodName, periodChoices } from "./periods.ts";

interface PeriodFieldProps {
  readonly value: PeriodName;
  readonly onChange: (value: PeriodName) => void;
}

/** For which time usage is told. */
export function PeriodField({ value, onChange }: PeriodFieldProps) {
  return (
    <NativeSelect
      label={texts.usage.period}
      data={periodChoices}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as PeriodName)}
    />
  );
}
