import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { LifetimeField } from "../form/lifetime-field.tsx";
import { ListField } from "../form/list-field.tsx";
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
      <ListField
        label={words.scopes}
        hint={words.scopesHint}
        value={fields.ownerScopes}
        onChange={(ownerScopes) => change({ ownerScopes })}
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
      <ListField
        label={words.origins}
        hint={words.originsHint}
        value={fields.origins}
        onChange={(origins) => change({ origins })}
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
