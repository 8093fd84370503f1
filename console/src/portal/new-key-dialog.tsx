import { type ExchangePortalCodeResponse, MyApiKeyService } from "@altalune/sdk/messages";
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { lifetimeMs, lifetimeText } from "../form/lifetime.ts";
import { ListField } from "../form/list-field.tsx";
import { useRequest } from "../form/use-request.ts";
import { type End, endChoices, endOf } from "../keys/expiry.ts";
import { ExpiryField } from "../keys/expiry-field.tsx";
import { ShownOnce } from "../keys/shown-once.tsx";
import { texts } from "../texts.ts";

interface NewKeyDialogProps {
  readonly session: ExchangePortalCodeResponse;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { new: words } = texts.keys;
const own = texts.portal.new;

/** `usual` is what the project says. */
type OwnEnd = End | "usual";

/** Makes a key within what the project gives its owners, and shows its value this once. */
export default function NewKeyDialog({ session, onDone, onClose }: NewKeyDialogProps) {
  const myApiKeys = useClient(MyApiKeyService);
  const { isBusy, failure, send } = useSending();
  const [name, setName] = useState("");
  const [expiry, setExpiry] = useState<OwnEnd>("usual");
  const [date, setDate] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [isDateMissing, setIsDateMissing] = useState(false);
  const [made, setMade] = useState<{ readonly value: string }>();
  const { id: requestId, madeAt } = useRequest(name, expiry, date, scopes);
  const { ownerScopes, maxLifetime, defaultLifetime } = session;
  const fault = (field: string) => failure?.fields[field];

  const submit = () => {
    const expiration = expiry === "usual" ? {} : endOf(expiry, date, madeAt);
    setIsDateMissing(expiration === undefined);
    if (expiration === undefined) {
      return;
    }
    void send(async () => {
      const { keyValue } = await myApiKeys.createMyApiKey({ name, scopes, ...expiration, requestId });
      setMade({ value: keyValue });
    });
  };
  if (made !== undefined) {
    const finish = () => {
      setMade(undefined);
      onDone(own.done(name));
    };
    return <ShownOnce value={made.value} onStored={finish} />;
  }
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
      makesSecret
    >
      <TextInput
        data-autofocus
        label={words.name}
        description={words.nameHint}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fault("name")}
      />
      <ExpiryField<OwnEnd>
        description={own.longest(lifetimeText(maxLifetime))}
        choices={[
          { value: "usual", label: own.usual(lifetimeText(defaultLifetime)) },
          ...endChoices(lifetimeMs(maxLifetime)),
        ]}
        value={expiry}
        onChange={setExpiry}
        date={date}
        onDate={setDate}
        isDateMissing={isDateMissing}
        error={fault("expiration")}
      />
      {ownerScopes.length > 0 && (
        <ListField
          label={words.scopes}
          hint={own.allowed(ownerScopes.join(", "))}
          data={ownerScopes.filter((scope) => !scope.includes("*"))}
          value={scopes}
          onChange={setScopes}
          error={fault("scopes")}
        />
      )}
    </DialogForm>
  );
}
