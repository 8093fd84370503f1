import { useState } from "react";
import { RotationFields } from "../rotation/rotation-fields.tsx";
import { rotationPolicyOf, rotationTextOf } from "../rotation/rotation-text.ts";
import { texts } from "../texts.ts";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { rotation: words } = texts.settings;

/** When the keys of a project that are made from then on are rotated by Altalune. */
export function RotationForm(props: SettingsFormProps) {
  const { project, reloading } = props;
  const saving = useSaving(props);
  const [text, setText] = useState(() => rotationTextOf(project.rotationPolicy));

  const submit = () => {
    const policy = rotationPolicyOf(text);
    if (policy === undefined) {
      saving.refuse();
    } else {
      void saving.save(["rotation_policy"], policy);
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
      <RotationFields
        value={text}
        onChange={(changes) => setText((before) => ({ ...before, ...changes }))}
        faults={saving.failure?.fields ?? {}}
      />
    </SettingsSection>
  );
}
