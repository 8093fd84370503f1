import type { Project } from "@altalune/sdk/messages";
import { useState } from "react";
import { changedPaths } from "../form/changed-paths.ts";
import { ListField } from "../form/list-field.tsx";
import { TierField } from "../keys/tier-field.tsx";
import { ProjectFields, type ProjectText, projectOf } from "../projects/project-fields.tsx";
import { texts } from "../texts.ts";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { project: words } = texts.settings;

/** What a project is called, and what its new keys are. */
export function ProjectForm(props: SettingsFormProps) {
  const { project, reloading } = props;
  const [text, setText] = useState(() => textOf(project));
  const [defaultScopes, setDefaultScopes] = useState<string[]>(project.defaultScopes);
  const [defaultTier, setDefaultTier] = useState(project.defaultTier);
  // What was empty has become something.
  const saving = useSaving(props, (saved) => setText(textOf(saved)));
  const fault = (field: string) => saving.failure?.fields[field];

  const submit = () => {
    const asked = projectOf(text);
    if (asked === undefined) {
      saving.refuse();
      return;
    }
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
        name: asked.name,
        key_prefix: asked.keyPrefix,
        // What is empty, and named, goes back to its default.
        max_keys_per_owner: asked.maxKeysPerOwner,
        allow_never_expires: asked.allowNeverExpires,
        default_scopes: defaultScopes,
        default_tier: defaultTier,
      },
    );
    void saving.save(paths, { ...asked, defaultScopes, defaultTier });
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
      <ProjectFields
        value={text}
        onChange={(changes) => setText((before) => ({ ...before, ...changes }))}
        faults={saving.failure?.fields ?? {}}
      />
      <ListField
        label={words.scopes}
        hint={words.scopesHint}
        value={defaultScopes}
        onChange={setDefaultScopes}
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

function textOf({ name, keyPrefix, maxKeysPerOwner, allowNeverExpires }: Project): ProjectText {
  return { name, keyPrefix, cap: `${maxKeysPerOwner ?? ""}`, allowNeverExpires };
}
