import { Button, Group, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import type { Failure } from "../api/failure.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useHold } from "../parts/hold.ts";
import { texts } from "../texts.ts";
import { FormFailure } from "./form-failure.tsx";

interface DialogFormProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly submit: string;
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  /** Whether it cannot be undone. */
  readonly isFinal?: boolean;
  /** What stands above the failure. */
  readonly intro?: ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  /** Whether closing it ends what is under way. Otherwise it waits for that: nobody would learn what came of it. */
  readonly endsByClosing?: boolean;
  /** Whether a secret comes of it, to be shown once: as long as it is on its way nobody leaves the page. */
  readonly makesSecret?: boolean;
  /** Fields, of which one has `data-autofocus`; none: the button that does nothing has the focus. */
  readonly children?: ReactNode;
}

/** What is asked before something is done, and a way out of it. */
export function DialogForm(props: DialogFormProps) {
  const { title, submit, isBusy, failure, isFinal = false, intro, onSubmit, onClose, children } = props;
  const mayClose = !isBusy || props.endsByClosing === true;
  useHold(isBusy && props.makesSecret === true);
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog title={title} onClose={mayClose ? onClose : undefined}>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          {intro}
          <FormFailure failure={failure} />
          {children}
          <Group gap="xs">
            <Button type="submit" loading={isBusy} {...(isFinal && { color: "red" })}>
              {submit}
            </Button>
            <Button
              variant="default"
              onClick={onClose}
              disabled={!mayClose}
              {...(children === undefined && { "data-autofocus": true })}
            >
              {texts.cancel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
