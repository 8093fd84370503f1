import { NativeSelect } from "@mantine/core";
import { Missing } from "../listing/missing.tsx";
import { texts } from "../texts.ts";
import { useTiers } from "./use-tiers.ts";

interface TierFieldProps {
  readonly value: string;
  readonly onChange: (tier: string) => void;
  readonly error: string | undefined;
  readonly label?: string;
  /** What it says for no choice. */
  readonly otherwise?: string;
}

const { new: words } = texts.keys;

/** The tiers that there are; nothing for who may not see them, and takes what is there. Unless told otherwise, it is a key's. */
export function TierField(props: TierFieldProps) {
  const { value, onChange, error, label = words.tier, otherwise = words.asProject } = props;
  const tiers = useTiers();
  if (tiers.data === undefined) {
    return <Missing of={tiers} />;
  }
  return (
    <NativeSelect
      label={label}
      data={[{ value: "", label: otherwise }, ...tiers.data.data.map(({ name }) => ({ value: name, label: name }))]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
