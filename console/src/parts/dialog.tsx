import { Modal } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { texts } from "../texts.ts";
import classes from "./dialog.module.css";

interface DialogProps {
  readonly title: string;
  /** Undefined: only what is in it closes it, for now or for good. */
  readonly onClose?: (() => void) | undefined;
  /** Whether it grows downwards, rather than from the middle of the screen. */
  readonly isAtTop?: boolean;
  readonly children: ReactNode;
}

/**
 * A question before something is done. It is there as long as it is drawn, and leaves nothing behind: the focus is where it was, or at the page's
 * heading if that is gone, unless whatever comes next takes it.
 */
export function Dialog({ title, onClose, isAtTop = false, children }: DialogProps) {
  const isFree = onClose !== undefined;
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) {
        opener.focus();
      } else {
        document.querySelector("h1")?.focus({ preventScroll: true });
      }
    },
    [opener],
  );
  return (
    <Modal.Root
      opened
      onClose={() => onClose?.()}
      closeOnEscape={isFree}
      closeOnClickOutside={false}
      transitionProps={{ duration: 0 }}
      centered={!isAtTop}
      size="lg"
    >
      <Modal.Overlay />
      <Modal.Content>
        <div className={classes["head"]}>
          <Modal.Title className={classes["title"] ?? ""}>{title}</Modal.Title>
          {isFree && <Modal.CloseButton aria-label={texts.close} />}
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
