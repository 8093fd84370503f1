import { Checkbox, TagsInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { changedPaths } from "../form/changed-paths.ts";
import { isWholeNumber } from "../form/whole-number.ts";
import { partsOf } from "../keys/scope-parts.ts";
import { TierField } from "../keys/tier-field.tsx";
import { texts } from "../texts.ts";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { project: words } = texts.settings;
const { new: fieldWords } = texts.projects;

/** What a project is called, and what its new keys are. */
export function ProjectForm(props: SettingsFormProps) {
  const { project, reloading } = props;
  const [name, setName] = useState(project.name);
  const [keyPrefix, setKeyPrefix] = useState(project.keyPrefix);
  const [cap, setCap] = useState(`${project.maxKeysPerOwner ?? ""}`);
  const [allowNeverExpires, setAllowNeverExpires] = useState(project.allowNeverExpires);
  const [defaultScopes, setDefaultScopes] = useState<string[]>(project.defaultScopes);
  const [defaultTier, setDefaultTier] = useState(project.defaultTier);
  const saving = useSaving({
    ...props,
    onSaved: (saved) => {
      // What was empty has become something.
      setKeyPrefix(saved.keyPrefix);
      setCap(`${saved.maxKeysPerOwner ?? ""}`);
      props.onSaved(saved);
    },
  });
  const isCapGood = isWholeNumber(cap);
  const fault = (field: string) => saving.failure?.fields[field];

  const submit = () => {
    if (!isCapGood) {
      saving.refuse();
      return;
    }
    // What is empty, and named, goes back to its default.
    const maxKeysPerOwner = cap.trim() === "" ? undefined : Number(cap);
    const paths = changedPaths(
      {
        name: project.name,
        key_prefix: project.keyPrefix,
        max_keys_per_owner: project.maxKeysPerOwner,
        allow_never_expires: project.allowNeverExpires,
        default_scopes: project.defaultScopes,
        default_tier: project.defaultTier,
      },
      {
        name,
        key_prefix: keyPrefix,
        max_keys_per_owner: maxKeysPerOwner,
        allow_never_expires: allowNeverExpires,
        default_scopes: defaultScopes,
        default_tier: defaultTier,
      },
    );
    const changes = { name, keyPrefix, allowNeverExpires, defaultScopes, defaultTier };
    void saving.save(paths, { ...changes, ...(maxKeysPerOwner !== undefined && { maxKeysPerOwner }) });
  };
  return (
    <SettingsSection
      title={words.title}
      text={words.text}
      submit={words.submit}
      saving={saving}
      onSubmit={submit}
      reloading={reloading}
    >
      <TextInput
        label={fieldWords.name}
        description={fieldWords.nameHint}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fault("name")}
      />
      <TextInput
        label={fieldWords.prefix}
        description={fieldWords.prefixHint}
        autoCapitalize="none"
        spellCheck={false}
        value={keyPrefix}
        onChange={(event) => setKeyPrefix(event.currentTarget.value)}
        error={fault("key_prefix")}
      />
      <TextInput
        label={fieldWords.cap}
        description={fieldWords.capHint}
        inputMode="numeric"
        value={cap}
        onChange={(event) => setCap(event.currentTarget.value)}
        error={isCapGood ? fault("max_keys_per_owner") : texts.form.wholeNumber}
      />
      <Checkbox
        label={fieldWords.neverExpires}
        checked={allowNeverExpires}
        onChange={(event) => setAllowNeverExpires(event.currentTarget.checked)}
      />
      <TagsInput
        label={`${words.scopes} (${texts.form.optional})`}
        description={words.scopesHint}
        splitChars={[",", " "]}
        acceptValueOnBlur
        value={defaultScopes}
        onChange={(typed) => setDefaultScopes(partsOf(typed))}
        error={fault("default_scopes")}
      />
      <TierField
        label={words.tier}
        otherwise={words.noTier}
        value={defaultTier}
        onChange={setDefaultTier}
        error={fault("default_tier")}
      />
    </SettingsSection>
  );
}
