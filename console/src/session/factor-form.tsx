import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useLayoutEffect, useRef, useState } from "react";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./sign-in.module.css";
import type { SignInFault } from "./sign-in-fault.ts";

interface FactorFormProps {
  readonly login: string;
  /** What the user has: `totp`, `passkey`. */
  readonly factors: readonly string[];
  readonly fault: SignInFault | undefined;
  readonly onSubmit: (code: string) => Promise<void>;
  readonly onPasskey: () => Promise<void>;
  readonly onBack: () => void;
}

const { signIn: words } = texts;

/** The second step of a sign-in: a passkey, a code of the authenticator, or a recovery code. */
export function FactorForm({ login, factors, fault, onSubmit, onPasskey, onBack }: FactorFormProps) {
  const [code, setCode] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const [busy, setBusy] = useState<"code" | "passkey">();
  const field = useRef<HTMLInputElement>(null);
  const hasPasskey = factors.includes("passkey");

  const run = async (what: "code" | "passkey", work: () => Promise<void>) => {
    if (busy === undefined) {
      setBusy(what);
      await work();
      setBusy(undefined);
    }
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (code.trim() === "") {
      field.current?.focus();
    } else {
      await run("code", () => onSubmit(code.trim()));
    }
  };
  // Before that is drawn: whoever types on at once means the next try.
  useLayoutEffect(() => {
    if (fault?.kind === "wrong") {
      field.current?.select();
    }
  }, [fault]);

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text>{hasPasskey ? words.passkeyIntro(login) : words.codeIntro(login)}</Text>
        {fault?.kind === "other" && <Notice tone="bad">{fault.sentence}</Notice>}
        {hasPasskey && (
          <>
            <Button autoFocus loading={busy === "passkey"} fullWidth onClick={() => void run("passkey", onPasskey)}>
              {words.passkey}
            </Button>
            <Text c="dimmed" size="sm" className={classes["or"] ?? ""}>
              {words.or}
            </Text>
          </>
        )}
        <TextInput
          ref={field}
          label={words.code}
          description={!hasPasskey || factors.includes("totp") ? words.codeHint : words.recoveryHint}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={!hasPasskey}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={(wasSent && code.trim() === "" && words.missing.code) || (fault?.kind === "wrong" && fault.sentence)}
        />
        <Button type="submit" variant={hasPasskey ? "default" : "filled"} loading={busy === "code"} fullWidth>
          {words.submitCode}
        </Button>
        <Button variant="subtle" color="gray" onClick={onBack}>
          {words.otherUser}
        </Button>
      </Stack>
    </form>
  );
}
