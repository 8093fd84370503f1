import { NoticeKind } from "@altalune/sdk/messages";
import { Checkbox, Stack } from "@mantine/core";
import { useState } from "react";
import { LifetimeField } from "../form/lifetime-field.tsx";
import { ListField } from "../form/list-field.tsx";
import { texts } from "../texts.ts";
import { areDays, type MailFields, mailFieldsOf, noticeKinds, noticesOf } from "./mail-fields.ts";
import { SettingsSection } from "./settings-section.tsx";
import { type SettingsFormProps, useSaving } from "./use-saving.ts";

const { mail: words } = texts.settings;

/** Who is sent mail about a project, and when. */
export function MailForm(props: SettingsFormProps) {
  const { project, reloading } = props;
  const [fields, setFields] = useState(() => mailFieldsOf(project));
  // What was empty has become something.
  const saving = useSaving(props, (saved) => setFields(mailFieldsOf(saved)));
  const change = (changes: Partial<MailFields>) => setFields((before) => ({ ...before, ...changes }));
  const fault = (field: string) => saving.failure?.fields[field];

  const submit = () => {
    const notices = noticesOf(fields);
    if (notices !== undefined) {
      void saving.save(["contact_emails", "notices"], { contactEmails: fields.contacts, notices });
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
        label={words.contacts}
        hint={words.contactsHint}
        value={fields.contacts}
        onChange={(contacts) => change({ contacts })}
        error={fault("contact_emails")}
      />
      <ListField
        label={words.expiringDays}
        hint={words.expiringDaysHint}
        value={fields.expiringDays}
        onChange={(expiringDays) => change({ expiringDays })}
        error={areDays(fields.expiringDays) ? fault("notices.expiring_days") : words.daysFault}
      />
      <LifetimeField
        label={words.rotationDue}
        hint={words.rotationDueHint}
        value={fields.rotationDue}
        onChange={(rotationDue) => change({ rotationDue })}
        error={fault("notices.rotation_due_after")}
      />
      <Checkbox.Group
        label={words.kinds}
        value={noticeKinds.filter((kind) => !fields.muted.includes(NoticeKind[kind]))}
        onChange={(sent) =>
          change({ muted: noticeKinds.filter((kind) => !sent.includes(kind)).map((kind) => NoticeKind[kind]) })
        }
      >
        <Stack gap="xs" mt="xs">
          {noticeKinds.map((kind) => (
            <Checkbox key={kind} value={kind} label={words.kindNames[kind]} />
          ))}
        </Stack>
      </Checkbox.Group>
    </SettingsSection>
  );
}
