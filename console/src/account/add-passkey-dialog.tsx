import { TextInput } from "@mantine/core";
import type { PublicKeyCredentialCreationOptionsJSON } from "@simplewebauthn/browser";
import { useState } from "react";
import { ToldError } from "../api/failure.ts";
import { texts } from "../texts.ts";
import { AgainDialog } from "./again-dialog.tsx";
import type { OwnPasskey, WithRecoveryCodes } from "./own.ts";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { useAsk } from "./use-account.ts";

interface AddPasskeyDialogProps {
  /** Called with its name. */
  readonly onDone: (name: string) => void;
  readonly onClose: () => void;
}

interface Added {
  readonly name: string;
  readonly codes: readonly string[];
}

const { passkeys: words } = texts.account;

/** Has the browser make a passkey, for who knows the password, and shows the recovery codes that come with the first factor. */
export function AddPasskeyDialog({ onDone, onClose }: AddPasskeyDialogProps) {
  const ask = useAsk();
  const [name, setName] = useState("");
  const [added, setAdded] = useState<Added>();
  if (added !== undefined) {
    return <RecoveryCodes codes={added.codes} onStored={() => onDone(added.name)} />;
  }
  const add = async (password: string) => {
    const options = await ask<PublicKeyCredentialCreationOptionsJSON>("POST", "passkeys/options", { password });
    const response = await made(options);
    const named = name.trim() === "" ? {} : { name: name.trim() };
    const passkey = await ask<OwnPasskey & WithRecoveryCodes>("POST", "passkeys", { ...named, response });
    // Whoever has another factor has codes already.
    if (passkey.recovery_codes.length > 0) {
      setAdded({ name: passkey.name, codes: passkey.recovery_codes });
    } else {
      onDone(passkey.name);
    }
  };
  return (
    <AgainDialog
      title={words.addTitle}
      text={words.addText}
      submit={words.submit}
      makesSecret
      work={add}
      onClose={onClose}
    >
      {(faults) => (
        <TextInput
          data-autofocus
          label={`${words.name} (${texts.form.optional})`}
          description={words.nameHint}
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={faults["name"]}
        />
      )}
    </AgainDialog>
  );
}

/** The library comes when it is first wanted. @throws {ToldError} when the browser or its user does not let it */
async function made(optionsJSON: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const { startRegistration } = await import("@simplewebauthn/browser");
  try {
    return await startRegistration({ optionsJSON });
  } catch (error) {
    const isKnown = error instanceof Error && error.name === "InvalidStateError";
    throw new ToldError(isKnown ? words.known : words.refused);
  }
}
