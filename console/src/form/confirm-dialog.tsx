import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "./dialog-form.tsx";

interface ConfirmDialogProps {
  readonly title: string;
  /** What comes of it. */
  readonly text: string;
  /** What the button says that does it. */
  readonly submit: string;
  /** Whether it cannot be undone. */
  readonly isFinal?: boolean;
  readonly work: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks whether something is to be done that takes no more than a yes, and does it or tells why not. */
export function ConfirmDialog({ title, text, submit, isFinal = false, work, onClose }: ConfirmDialogProps) {
  const { isBusy, failure, send } = useSending();
  return (
    <DialogForm
      title={title}
      submit={submit}
      isBusy={isBusy}
      failure={failure}
      isFinal={isFinal}
      intro={<p>{text}</p>}
      onSubmit={() => void send(work)}
      onClose={onClose}
    />
  );
}
