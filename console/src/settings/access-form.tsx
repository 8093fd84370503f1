import { Checkbox, TagsInput } from "@mantine/core";
import { useState } from "react";
import { LifetimeField } from "../form/lifetime-field.tsx";
import { partsOf } from "../keys/scope-parts.ts";
import { TierField } from "../keys/tier-field.tsx";
import { texts } from "../texts.ts";
import { type AccessFields, accessFieldsOf, ownerAccessOf } from "./access-fields.ts";
import { BrandingGroup } from "./branding-group.tsx";
import { IssuerList } from "./issuer-list.tsx";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { access: words } = texts.settings;
const prefix = "owner_access.";

/** How owners manage their own keys. It is saved as a whole. */
export function AccessForm(props: SettingsFormProps) {
  const { project, reloading } = props;
  const saving = useSaving(props);
  const [fields, setFields] = useState(() => accessFieldsOf(project.ownerAccess));
  const [wasSent, setWasSent] = useState(false);
  const change = (changes: Partial<AccessFields>) => setFields((before) => ({ ...before, ...changes }));
  const faults = Object.fromEntries(
    Object.entries(saving.failure?.fields ?? {}).map(([name, rule]) => [name.replace(prefix, ""), rule]),
  );

  const submit = () => {
    setWasSent(true);
    const ownerAccess = ownerAccessOf(fields);
    if (ownerAccess !== undefined) {
      void saving.save(["owner_access"], { ownerAccess });
    } else {
      saving.refuse();
    }
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
      <TagsInput
        label={`${words.scopes} (${texts.form.optional})`}
        description={words.scopesHint}
        splitChars={[",", " "]}
        acceptValueOnBlur
        value={fields.ownerScopes}
        onChange={(typed) => change({ ownerScopes: partsOf(typed) })}
        error={faults["owner_scopes"]}
      />
      <LifetimeField
        label={words.maxLifetime}
        hint={words.maxLifetimeHint}
        value={fields.maxLifetime}
        onChange={(maxLifetime) => change({ maxLifetime })}
        error={faults["max_lifetime"]}
      />
      <LifetimeField
        label={words.defaultLifetime}
        hint={words.defaultLifetimeHint}
        value={fields.defaultLifetime}
        onChange={(defaultLifetime) => change({ defaultLifetime })}
        error={faults["default_lifetime"]}
      />
      <TierField
        label={words.tier}
        otherwise={words.asProject}
        value={fields.defaultTier}
        onChange={(defaultTier) => change({ defaultTier })}
        error={faults["default_tier"]}
      />
      <TagsInput
        label={`${words.origins} (${texts.form.optional})`}
        description={words.originsHint}
        splitChars={[",", " "]}
        acceptValueOnBlur
        value={fields.origins}
        onChange={(typed) => change({ origins: partsOf(typed) })}
        error={faults["origins"]}
      />
      <Checkbox
        label={words.allowUsers}
        checked={fields.allowUsers}
        onChange={(event) => change({ allowUsers: event.currentTarget.checked })}
      />
      <IssuerList
        issuers={fields.issuers}
        onChange={(issuers) => change({ issuers })}
        faults={faults}
        wasSent={wasSent}
      />
      <BrandingGroup projectName={project.name} fields={fields} onChange={change} faults={faults} />
    </SettingsSection>
  );
}
