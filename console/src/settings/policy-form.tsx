import { ExposurePolicy, type Project, SuspiciousPolicy } from "@altalune/sdk/messages";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { texts } from "../texts.ts";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { exposure, suspicious } = texts.settings;

/** What becomes of a key whose value was found where others can read it. */
export function ExposureForm(props: SettingsFormProps) {
  return <PolicyForm {...props} words={exposure} field="exposurePolicy" path="exposure_policy" choices={exposures} />;
}

/** What becomes of a key that is used oddly. */
export function SuspiciousForm(props: SettingsFormProps) {
  return <PolicyForm {...props} words={suspicious} field="suspiciousPolicy" path="suspicious_policy" choices={uses} />;
}

/** By number; the first holds where none was chosen. */
type Choices = readonly { readonly value: `${number}`; readonly label: string }[];

const exposures: Choices = [
  { value: `${ExposurePolicy.NOTIFY}`, label: exposure.policies.notify },
  { value: `${ExposurePolicy.DEACTIVATE}`, label: exposure.policies.deactivate },
  { value: `${ExposurePolicy.REVOKE}`, label: exposure.policies.revoke },
];
const uses: Choices = [
  { value: `${SuspiciousPolicy.NOTIFY}`, label: suspicious.policies.notify },
  { value: `${SuspiciousPolicy.DEACTIVATE}`, label: suspicious.policies.deactivate },
];

interface PolicyFormProps extends SettingsFormProps {
  readonly words: { readonly title: string; readonly text: string; readonly policy: string; readonly submit: string };
  readonly field: keyof Pick<Project, "exposurePolicy" | "suspiciousPolicy">;
  /** The field's name in the contract. */
  readonly path: string;
  readonly choices: Choices;
}

function PolicyForm({ words, field, path, choices, ...props }: PolicyFormProps) {
  const { project, reloading } = props;
  const saving = useSaving(props);
  const [policy, setPolicy] = useState(`${project[field] || choices[0]?.value}`);

  return (
    <SettingsSection
      title={words.title}
      text={words.text}
      submit={words.submit}
      saving={saving}
      onSubmit={() => void saving.save([path], { [field]: Number(policy) })}
      reloading={reloading}
    >
      <NativeSelect
        label={words.policy}
        data={choices}
        value={policy}
        onChange={(event) => setPolicy(event.currentTarget.value)}
        error={saving.failure?.fields[path]}
      />
    </SettingsSection>
  );
}
