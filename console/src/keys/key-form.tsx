import type { CreateApiKeyRequestSchema, Project } from "@altalune/sdk/messages";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Sending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { ListField } from "../form/list-field.tsx";
import { useRequest } from "../form/use-request.ts";
import { isWholeNumber } from "../form/whole-number.ts";
import { texts } from "../texts.ts";
import { type Expiry, expirationOf, expiryChoices } from "./expiry.ts";
import { ExpiryField } from "./expiry-field.tsx";
import { LimitFields, type Limits, rateLimitsOf } from "./limit-fields.tsx";
import { MetadataField, metadataOf } from "./metadata-field.tsx";
import { TierField } from "./tier-field.tsx";

/** What a form says of a new key. */
export type KeyRequest = Omit<MessageInitShape<typeof CreateApiKeyRequestSchema>, "projectId" | "$typeName">;

interface KeyFormProps {
  readonly project: Project;
  /** Whom it is for, unless somebody else is named. */
  readonly forOwner: string;
  readonly sending: Omit<Sending, "send">;
  readonly onSubmit: (request: KeyRequest) => Promise<void>;
}

const { new: words } = texts.keys;

/** What a key is to be. Whatever the contract has a rule for, the service says; what is no number, day or JSON is told here. */
export function KeyForm({ project, forOwner, sending, onSubmit }: KeyFormProps) {
  const { isBusy, failure, refuse } = sending;
  const [name, setName] = useState("");
  const [ownerId, setOwnerId] = useState(forOwner);
  const [expiry, setExpiry] = useState<Expiry>("90");
  const [date, setDate] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [tier, setTier] = useState("");
  const [limits, setLimits] = useState<Limits>({ perMinute: "", perDay: "" });
  const [metadataText, setMetadataText] = useState("");
  const [isDateMissing, setIsDateMissing] = useState(false);
  const [wasSent, setWasSent] = useState(false);
  const { id: requestId, madeAt } = useRequest(name, ownerId, expiry, date, scopes, tier, limits, metadataText);
  const fault = (field: string) => failure?.fields[field];

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expiration = expirationOf(expiry, date, madeAt);
    const metadata = metadataOf(metadataText);
    setIsDateMissing(expiration === undefined);
    setWasSent(true);
    const areNumbers = isWholeNumber(limits.perMinute) && isWholeNumber(limits.perDay);
    if (expiration !== undefined && metadata !== undefined && areNumbers) {
      void onSubmit({ name, ownerId, scopes, tier, ...expiration, ...rateLimitsOf(limits), ...metadata, requestId });
    } else {
      refuse();
    }
  };
  const { defaultScopes } = project;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <FormFailure failure={failure} />
        <TextInput
          label={words.name}
          description={words.nameHint}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fault("name")}
        />
        <TextInput
          label={`${words.owner} (${texts.form.optional})`}
          description={words.ownerHint}
          autoCapitalize="none"
          spellCheck={false}
          value={ownerId}
          onChange={(event) => setOwnerId(event.currentTarget.value)}
          error={fault("owner_id")}
        />
        <ExpiryField
          choices={expiryChoices(project.allowNeverExpires)}
          value={expiry}
          onChange={setExpiry}
          date={date}
          onDate={setDate}
          isDateMissing={isDateMissing}
          error={fault("expiration")}
        />
        <ListField
          label={words.scopes}
          hint={
            defaultScopes.length === 0
              ? words.scopesHint
              : `${words.scopesHint}. ${words.defaultScopes(defaultScopes.join(", "))}`
          }
          value={scopes}
          onChange={setScopes}
          error={fault("scopes")}
        />
        <TierField value={tier} onChange={setTier} error={fault("tier")} />
        <LimitFields legend={words.limits} hint={words.limitsHint} limits={limits} onChange={setLimits} />
        <MetadataField value={metadataText} onChange={setMetadataText} error={fault("metadata")} isChecked={wasSent} />
        <div>
          <Button type="submit" loading={isBusy}>
            {words.submit}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
