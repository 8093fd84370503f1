import { TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { texts } from "../texts.ts";
import classes from "./account.module.css";
import { AgainDialog } from "./again-dialog.tsx";
import type { WithRecoveryCodes } from "./own.ts";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { useAsk } from "./use-account.ts";

const QrCode = lazy(() => import("./qr-code.tsx"));

/** What an authenticator is set up by: secrets, which nothing keeps but this dialog. */
interface SetUp {
  readonly secret: string;
  readonly otpauth_uri: string;
}

interface AuthenticatorDialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const { totp: words } = texts.account;

/** Sets up an authenticator: the password leads to the secret, a code of it to recovery codes, and these, once stored, to the end. */
export function AuthenticatorDialog({ onDone, onClose }: AuthenticatorDialogProps) {
  const ask = useAsk();
  const [setUp, setSetUp] = useState<SetUp>();
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes !== undefined) {
    return <RecoveryCodes codes={codes} onStored={onDone} />;
  }
  if (setUp === undefined) {
    return (
      <AgainDialog
        title={words.dialogTitle}
        text={texts.account.factors.text}
        submit={words.goOn}
        work={async (password) => setSetUp(await ask("POST", "totp", { password }))}
        onClose={onClose}
      />
    );
  }
  const confirm = async (code: string) => {
    const { recovery_codes } = await ask<WithRecoveryCodes>("POST", "totp/confirm", { totp_code: code });
    // Whoever has another factor has codes already.
    if (recovery_codes.length > 0) {
      setCodes(recovery_codes);
    } else {
      onDone();
    }
  };
  return <ConfirmStep setUp={setUp} confirm={confirm} onClose={onClose} />;
}

interface ConfirmStepProps {
  readonly setUp: SetUp;
  readonly confirm: (code: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Whether the authenticator has it is shown by a code. */
function ConfirmStep({ setUp, confirm, onClose }: ConfirmStepProps) {
  const { isBusy, failure, send } = useSending();
  const [code, setCode] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const submit = () => {
    setWasSent(true);
    if (code.trim() !== "") {
      void send(() => confirm(code.trim()));
    }
  };
  const isWrong = failure?.fields["totp_code"] !== undefined;
  return (
    <DialogForm
      title={words.dialogTitle}
      submit={words.confirm}
      isBusy={isBusy}
      failure={failure}
      intro={
        <div className={classes["setUp"]}>
          <Suspense fallback={<span className={classes["qr"]} />}>
            <QrCode text={setUp.otpauth_uri} />
          </Suspense>
          <div>
            <p>{words.scan}</p>
            <dl>
              <dt className="dimmed">{words.secret}</dt>
              <dd className={classes["secret"]}>{setUp.secret}</dd>
            </dl>
          </div>
        </div>
      }
      onSubmit={submit}
      onClose={onClose}
      makesSecret
    >
      <TextInput
        data-autofocus
        label={words.code}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        error={(wasSent && code.trim() === "" && texts.account.missing.code) || (isWrong && words.codeWrong)}
      />
    </DialogForm>
  );
}
