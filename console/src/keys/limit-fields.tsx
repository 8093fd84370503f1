import { TextInput } from "@mantine/core";
import { isWholeNumber } from "../form/whole-number.ts";
import { texts } from "../texts.ts";
import classes from "./limit-fields.module.css";

/** As they are typed. */
export interface Limits {
  readonly perMinute: string;
  readonly perDay: string;
}

interface LimitFieldsProps {
  readonly legend: string;
  /** What an empty field means. */
  readonly hint: string;
  readonly limits: Limits;
  readonly onChange: (limits: Limits) => void;
}

const { new: words } = texts.keys;
const fields = [
  ["perMinute", words.perMinute],
  ["perDay", words.perDay],
] as const;

/** The limits of a key or a tier. */
export function LimitFields({ legend, hint, limits, onChange }: LimitFieldsProps) {
  return (
    <fieldset className={classes["limits"]}>
      <legend className={classes["legend"]}>{`${legend} (${texts.form.optional})`}</legend>
      <p className={classes["hint"]}>{hint}</p>
      <div className={classes["fields"]}>
        {fields.map(([field, label]) => (
          <TextInput
            key={field}
            label={label}
            inputMode="numeric"
            value={limits[field]}
            onChange={(event) => onChange({ ...limits, [field]: event.currentTarget.value })}
            error={!isWholeNumber(limits[field]) && texts.form.wholeNumber}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** As a request has them: nothing of what was left empty. */
export function rateLimitsOf({ perMinute, perDay }: Limits) {
  const given = {
    ...(perMinute.trim() === "" ? {} : { perMinute: Number(perMinute) }),
    ...(perDay.trim() === "" ? {} : { perDay: Number(perDay) }),
  };
  return Object.keys(given).length === 0 ? {} : { rateLimits: given };
}
