import { Checkbox, NativeSelect, Stack } from "@mantine/core";
import { LifetimeField } from "../form/lifetime-field.tsx";
import type { LifetimeFields } from "../form/lifetime-fields.ts";
import { texts } from "../texts.ts";
import type { RotationText } from "./rotation-text.ts";

interface RotationFieldsProps {
  readonly value: RotationText;
  readonly onChange: (changes: Partial<RotationText>) => void;
  /** What each field must be that is at fault, by its name in the contract. */
  readonly faults: Readonly<Record<string, string>>;
}

const { fields: words } = texts.rotation;
const unclaimedChoices = Object.entries(words.unclaimedChoices).map(([value, label]) => ({ value, label }));

/** When keys are rotated by Altalune, and what becomes of their values. */
export function RotationFields({ value, onChange, faults }: RotationFieldsProps) {
  const time = (name: "every" | "grace" | "beforeExpiry" | "lifetime", field: string) => ({
    label: words[name],
    hint: words.hints[name],
    value: value[name],
    onChange: (typed: LifetimeFields) => onChange({ [name]: typed }),
    error: faults[`rotation_policy.${field}`],
  });
  return (
    <>
      <Checkbox
        data-autofocus
        label={words.isOn}
        checked={value.isOn}
        onChange={(event) => onChange({ isOn: event.currentTarget.checked })}
      />
      {value.isOn && (
        <Stack gap="md">
          <LifetimeField {...time("every", "every")} />
          <LifetimeField {...time("grace", "grace")} />
          <NativeSelect
            label={words.unclaimed}
            description={words.unclaimedHint}
            data={unclaimedChoices}
            value={value.unclaimed}
            onChange={(event) => onChange({ unclaimed: event.currentTarget.value as RotationText["unclaimed"] })}
            error={faults["rotation_policy.unclaimed"]}
          />
          <LifetimeField {...time("beforeExpiry", "before_expiry")} />
          <LifetimeField {...time("lifetime", "lifetime")} />
        </Stack>
      )}
    </>
  );
}
