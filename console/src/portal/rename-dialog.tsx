import { type ApiKey, MyApiKeyService } from "@altalune/sdk/messages";
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { Dialog } from "../parts/dialog.tsx";
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

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(async () => {
      await myApiKeys.renameMyApiKey({ apiKeyId: apiKey.id, name });
      onDone(words.done(name));
    });
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <FormFailure failure={failure} />
          <TextInput
            data-autofocus
            label={texts.keys.new.name}
            description={texts.keys.new.nameHint}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={failure?.fields["name"]}
          />
          <Group gap="xs">
            <Button type="submit" loading={isBusy}>
              {words.submit}
            </Button>
            <Button variant="default" onClick={onClose}>
              {texts.cancel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
