import { NativeSelect, TextInput } from "@mantine/core";
import { type LifetimeUnit, lifetimeUnits } from "../portal/lifetime.ts";
import { texts } from "../texts.ts";
import { type LifetimeFields, readsAsLifetime } from "./lifetime-fields.ts";
import classes from "./settings.module.css";

interface LifetimeFieldProps {
  readonly label: string;
  /** What it means to leave it empty. */
  readonly hint: string;
  readonly value: LifetimeFields;
  readonly onChange: (lifetime: LifetimeFields) => void;
  readonly error: string | undefined;
}

const { access: words } = texts.settings;
const units = lifetimeUnits.map((unit) => ({ value: unit, label: words.units[unit] }));

/** For how long a key is good. */
export function LifetimeField({ label, hint, value, onChange, error }: LifetimeFieldProps) {
  return (
    <div className={classes["lifetime"]}>
      <TextInput
        label={`${label} (${texts.form.optional})`}
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
