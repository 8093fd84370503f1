import { NativeSelect, TextInput } from "@mantine/core";
import { texts } from "../texts.ts";
import { type LifetimeUnit, lifetimeUnits } from "./lifetime.ts";
import classes from "./lifetime-field.module.css";
import { type LifetimeFields, readsAsLifetime } from "./lifetime-fields.ts";

interface LifetimeFieldProps {
  readonly label: string;
  /** What it means to leave it empty. */
  readonly hint: string;
  readonly value: LifetimeFields;
  readonly onChange: (lifetime: LifetimeFields) => void;
  readonly error: string | undefined;
}

const { form: words } = texts;
const units = lifetimeUnits.map((unit) => ({ value: unit, label: words.units[unit] }));

/** A time, in a unit of one's choice; or none. */
export function LifetimeField({ label, hint, value, onChange, error }: LifetimeFieldProps) {
  return (
    <div className={classes["lifetime"]}>
      <TextInput
        label={`${label} (${words.optional})`}
        description={hint}
        inputWrapperOrder={["label", "input", "description", "error"]}
        inputMode="numeric"
        value={value.count}
        onChange={(event) => onChange({ ...value, count: event.currentTarget.value })}
        error={readsAsLifetime(value) ? error : words.lifetimeFault}
      />
      <NativeSelect
        label={words.unit}
        aria-label={words.unitOf(label)}
        data={units}
        value={value.unit}
        onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as LifetimeUnit })}
      />
    </div>
  );
}
