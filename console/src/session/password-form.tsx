import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useLayoutEffect, useRef, useState } from "react";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import type { SignInFault } from "./sign-in-fault.ts";

interface PasswordFormProps {
  readonly fault: SignInFault | undefined;
  readonly onSubmit: (credentials: { readonly login: string; readonly password: string }) => Promise<void>;
}

/** Who somebody is, and the password. What is missing is said at its field, which then has the focus. */
export function PasswordForm({ fault, onSubmit }: PasswordFormProps) {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const loginField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const { missing } = texts.signIn;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (login.trim() === "") {
      loginField.current?.focus();
    } else if (password === "") {
      passwordField.current?.focus();
    } else if (!isBusy) {
      setIsBusy(true);
      await onSubmit({ login: login.trim(), password });
      setIsBusy(false);
    }
  };
  // Before that is drawn: whoever types on at once means the next try.
  useLayoutEffect(() => {
    if (fault?.kind === "wrong") {
      passwordField.current?.select();
    }
  }, [fault]);

  const passwordFault = (wasSent && password === "" && missing.password) || (fault?.kind === "wrong" && fault.sentence);
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {fault?.kind === "other" && <Notice tone="bad">{fault.sentence}</Notice>}
        <TextInput
          ref={loginField}
          label={texts.signIn.login}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          error={wasSent && login.trim() === "" && missing.login}
        />
        <PasswordInput
          ref={passwordField}
          label={texts.signIn.password}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={passwordFault}
          aria-invalid={Boolean(passwordFault)}
        />
        <Button type="submit" loading={isBusy} fullWidth>
          {texts.signIn.submit}
        </Button>
      </Stack>
    </form>
  );
}
