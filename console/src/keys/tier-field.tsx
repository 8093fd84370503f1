import { NativeSelect } from "@mantine/core";
import { texts } from "../texts.ts";
import { useTiers } from "./use-tiers.ts";

interface TierFieldProps {
  readonly value: string;
  readonly onChange: (tier: string) => void;
  readonly error: string | undefined;
}

/** The tiers that there are; nothing for who may not see them, and takes what the project says. */
export function TierField({ value, onChange, error }: TierFieldProps) {
  const tiers = useTiers();
  if (tiers === undefined) {
    return null;
  }
  return (
    <NativeSelect
      label={texts.keys.new.tier}
      data={[
        { value: "", label: texts.keys.new.asProject },
        ...tiers.map(({ name }) => ({ value: name, label: name })),
      ]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
