import { ExposurePolicy } from "@altalune/sdk/messages";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { texts } from "../texts.ts";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { exposure: words } = texts.settings;
const choices = [
  { value: `${ExposurePolicy.NOTIFY}`, label: words.policies.notify },
  { value: `${ExposurePolicy.DEACTIVATE}`, label: words.policies.deactivate },
  { value: `${ExposurePolicy.REVOKE}`, label: words.policies.revoke },
];

/** What becomes of a key whose value was found where others can read it. */
export function ExposureForm(props: SettingsFormProps) {
  const { project, reloading } = props;
  const saving = useSaving(props);
  const [policy, setPolicy] = useState<ExposurePolicy>(project.exposurePolicy || ExposurePolicy.NOTIFY);

  return (
    <SettingsSection
      title={words.title}
      text={words.text}
      submit={words.submit}
      saving={saving}
      onSubmit={() => void saving.save(["exposure_policy"], { exposurePolicy: policy })}
      reloading={reloading}
    >
      <NativeSelect
        label={words.policy}
        data={choices}
        value={`${policy}`}
        onChange={(event) => setPolicy(Number(event.currentTarget.value) as ExposurePolicy)}
        error={saving.failure?.fields["exposure_policy"]}
      />
    </SettingsSection>
  );
}
