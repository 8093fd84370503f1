import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import type { SignInFault } from "./sign-in-fault.ts";

interface CodeFormProps {
  readonly login: string;
  readonly fault: SignInFault | undefined;
  readonly onSubmit: (code: string) => Promise<void>;
  readonly onBack: () => void;
}

/** The second step of a sign-in: a code of the authenticator, or a recovery code. */
export function CodeForm({ login, fault, onSubmit, onBack }: CodeFormProps) {
  const [code, setCode] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (code.trim() === "") {
      field.current?.focus();
    } else if (!isBusy) {
      setIsBusy(true);
      await onSubmit(code.trim());
      setIsBusy(false);
    }
  };
  useEffect(() => {
    if (fault?.kind === "wrong") {
      field.current?.select();
    }
  }, [fault]);

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>{texts.signIn.codeIntro(login)}</Text>
        {fault?.kind === "other" && <Notice tone="bad">{fault.sentence}</Notice>}
        <TextInput
          ref={field}
          label={texts.signIn.code}
          description={texts.signIn.codeHint}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={
            (wasSent && code.trim() === "" && texts.signIn.missing.code) || (fault?.kind === "wrong" && fault.sentence)
          }
        />
        <Button type="submit" loading={isBusy} fullWidth>
          {texts.signIn.submitCode}
        </Button>
        <Button variant="subtle" color="gray" onClick={onBack}>
          {texts.signIn.otherUser}
        </Button>
      </Stack>
    </form>
  );
}
