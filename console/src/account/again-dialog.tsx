import { type ReactNode, useState } from "react";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { texts } from "../texts.ts";
import { PasswordField } from "./password-field.tsx";

interface AgainDialogProps {
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  /** Whether something is taken away. */
  readonly isFinal?: boolean;
  /** Whether a secret comes of it, to be shown once. */
  readonly makesSecret?: boolean;
  /** Does it. What fails is told here. */
  readonly work: (password: string) => Promise<void>;
  readonly onClose: () => void;
  /** Fields before the password, by what each must be that is at fault. */
  readonly children?: (faults: Readonly<Record<string, string>>) => ReactNode;
}

const { account: words } = texts;

/** Asks for the password anew: a session alone changes no factor. */
export function AgainDialog(props: AgainDialogProps) {
  const { title, text, submit, isFinal = false, makesSecret = false, work, onClose, children } = props;
  const { isBusy, failure, send } = useSending();
  const [password, setPassword] = useState("");
  const [wasSent, setWasSent] = useState(false);

  const go = () => {
    setWasSent(true);
    if (password !== "") {
      void send(() => work(password));
    }
  };
  return (
    <DialogForm
      title={title}
      submit={submit}
      isBusy={isBusy}
      failure={failure}
      isFinal={isFinal}
      intro={<p>{text}</p>}
      onSubmit={go}
      onClose={onClose}
      makesSecret={makesSecret}
    >
      {children?.(failure?.fields ?? {})}
      <PasswordField
        {...(children === undefined && { "data-autofocus": true })}
        label={words.again}
        description={words.againHint}
        value={password}
        onChange={setPassword}
        error={wasSent && password === "" ? words.missing.password : failure?.fields["password"]}
      />
    </DialogForm>
  );
}
