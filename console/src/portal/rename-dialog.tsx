import { type ApiKey, MyApiKeyService } from "@altalune/sdk/messages";
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { texts } from "../texts.ts";

interface RenameDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { rename: words } = texts.portal;

/** Gives a key another name. */
export function RenameDialog({ apiKey, onDone, onClose }: RenameDialogProps) {
  const myApiKeys = useClient(MyApiKeyService);
  const { isBusy, failure, send } = useSending();
  const [name, setName] = useState(apiKey.name);

  const submit = () => {
    void send(async () => {
      await myApiKeys.renameMyApiKey({ apiKeyId: apiKey.id, name });
      onDone(words.done(name));
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={texts.keys.new.name}
        description={texts.keys.new.nameHint}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={failure?.fields["name"]}
      />
    </DialogForm>
  );
}
