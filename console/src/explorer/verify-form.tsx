import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Failure } from "../api/failure.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { ListField } from "../form/list-field.tsx";
import { isWholeNumber } from "../form/whole-number.ts";
import { ValueField } from "../keys/value-field.tsx";
import { texts } from "../texts.ts";

/** What is asked, as it is typed. */
export interface Asked {
  readonly key: string;
  readonly requiredScopes: readonly string[];
  readonly cost: string;
}

interface VerifyFormProps {
  readonly asked: Asked;
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  readonly onChange: (asked: Asked) => void;
  readonly onSubmit: () => Promise<void>;
}

const words = texts.explorer;

/** Asks for a key and for what a call with it needs. No field has a name, so that no form could put one into an address. */
export function VerifyForm({ asked, isBusy, failure, onChange, onSubmit }: VerifyFormProps) {
  const [wasSent, setWasSent] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (asked.key.trim() !== "" && isWholeNumber(asked.cost)) {
      void onSubmit();
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <FormFailure failure={failure} />
        <ValueField
          label={words.key}
          description={words.keyHint}
          value={asked.key}
          onChange={(key) => onChange({ ...asked, key })}
          error={wasSent && asked.key.trim() === "" && words.keyMissing}
        />
        <ListField
          label={words.scopes}
          hint={words.scopesHint}
          value={asked.requiredScopes}
          onChange={(requiredScopes) => onChange({ ...asked, requiredScopes })}
          error={failure?.fields["required_scopes"]}
        />
        <TextInput
          label={`${words.cost} (${texts.form.optional})`}
          description={words.costHint}
          inputMode="numeric"
          value={asked.cost}
          onChange={(event) => onChange({ ...asked, cost: event.currentTarget.value })}
          error={!isWholeNumber(asked.cost) && texts.form.wholeNumber}
        />
        <div>
          <Button type="submit" loading={isBusy}>
            {words.submit}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
