import { Button, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { ListField } from "../form/list-field.tsx";
import { texts } from "../texts.ts";
import type { Faults } from "./faults.ts";
import { type IssuerFields, keySetOf } from "./issuer-fields.ts";
import classes from "./settings.module.css";

interface IssuerGroupProps {
  /** From 1. */
  readonly number: number;
  readonly fields: IssuerFields;
  readonly onChange: (changes: Partial<IssuerFields>) => void;
  readonly onRemove: () => void;
  /** By the names of its fields. */
  readonly faults: Faults;
  readonly wasSent: boolean;
  /** Whether it was added just now. */
  readonly isNew: boolean;
}

const { issuers: words } = texts.settings;
const ways = [
  { value: "address", label: words.keysBy.address },
  { value: "given", label: words.keysBy.given },
];

/** One issuer. */
export function IssuerGroup(props: IssuerGroupProps) {
  const { number, fields, onChange, onRemove, faults, wasSent, isNew } = props;
  const exact = { autoCapitalize: "none", spellCheck: false } as const;
  return (
    <fieldset className={classes["group"]}>
      <legend className={classes["legend"]}>{words.name(number)}</legend>
      <Stack gap="md">
        <TextInput
          {...exact}
          autoFocus={isNew}
          label={words.issuer}
          description={words.issuerHint}
          value={fields.issuer}
          onChange={(event) => onChange({ issuer: event.currentTarget.value })}
          error={faults["issuer"]}
        />
        <TextInput
          {...exact}
          label={words.audience}
          description={words.audienceHint}
          value={fields.audience}
          onChange={(event) => onChange({ audience: event.currentTarget.value })}
          error={faults["audience"]}
        />
        <NativeSelect
          label={words.keys}
          data={ways}
          value={fields.keysBy}
          onChange={(event) => onChange({ keysBy: event.currentTarget.value as IssuerFields["keysBy"] })}
        />
        {fields.keysBy === "address" ? (
          <TextInput
            {...exact}
            label={words.jwksUri}
            description={words.jwksUriHint}
            inputMode="url"
            value={fields.jwksUri}
            onChange={(event) => onChange({ jwksUri: event.currentTarget.value })}
            error={faults["jwks_uri"]}
          />
        ) : (
          <Textarea
            {...exact}
            label={words.jwks}
            description={words.jwksHint}
            rows={6}
            value={fields.jwks}
            onChange={(event) => onChange({ jwks: event.currentTarget.value })}
            error={wasSent && keySetOf(fields.jwks) === undefined ? words.jwksFault : faults["jwks"]}
          />
        )}
        <TextInput
          {...exact}
          label={`${words.ownerClaim} (${texts.form.optional})`}
          description={words.ownerClaimHint}
          value={fields.ownerClaim}
          onChange={(event) => onChange({ ownerClaim: event.currentTarget.value })}
          error={faults["owner_claim"]}
        />
        <ListField
          label={words.algorithms}
          hint={words.algorithmsHint}
          value={fields.algorithms}
          onChange={(algorithms) => onChange({ algorithms })}
          error={faults["algorithms"]}
        />
        <div>
          <Button variant="default" className="danger" onClick={onRemove}>
            {words.remove(number)}
          </Button>
        </div>
      </Stack>
    </fieldset>
  );
}
