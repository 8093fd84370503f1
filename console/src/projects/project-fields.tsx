import { Checkbox, TextInput } from "@mantine/core";
import { isWholeNumber } from "../form/whole-number.ts";
import { texts } from "../texts.ts";

/** What a project is called, and what its keys are, as they are typed. */
export interface ProjectText {
  readonly name: string;
  readonly keyPrefix: string;
  /** How many keys an owner may hold; empty: as many as the service says. */
  readonly cap: string;
  readonly allowNeverExpires: boolean;
}

interface ProjectFieldsProps {
  readonly value: ProjectText;
  readonly onChange: (changes: Partial<ProjectText>) => void;
  /** What each must be that is at fault, by its name in the contract. */
  readonly faults: Readonly<Record<string, string>>;
}

const { new: words } = texts.projects;

/** What a project has from the beginning, and may change. */
export function ProjectFields({ value, onChange, faults }: ProjectFieldsProps) {
  return (
    <>
      <TextInput
        label={words.name}
        description={words.nameHint}
        value={value.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={faults["name"]}
      />
      <TextInput
        label={words.prefix}
        description={words.prefixHint}
        autoCapitalize="none"
        spellCheck={false}
        value={value.keyPrefix}
        onChange={(event) => onChange({ keyPrefix: event.currentTarget.value })}
        error={faults["key_prefix"]}
      />
      <TextInput
        label={words.cap}
        description={words.capHint}
        inputMode="numeric"
        value={value.cap}
        onChange={(event) => onChange({ cap: event.currentTarget.value })}
        error={isWholeNumber(value.cap) ? faults["max_keys_per_owner"] : texts.form.wholeNumber}
      />
      <Checkbox
        label={words.neverExpires}
        checked={value.allowNeverExpires}
        onChange={(event) => onChange({ allowNeverExpires: event.currentTarget.checked })}
      />
    </>
  );
}

/** As a request has them: no cap where it was left empty. @returns undefined: the cap is no number */
export function projectOf({ cap, ...text }: ProjectText) {
  return isWholeNumber(cap) ? { ...text, ...(cap.trim() === "" ? {} : { maxKeysPerOwner: Number(cap) }) } : undefined;
}
