import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { texts } from "../texts.ts";
import classes from "./dialog.module.css";

interface DialogProps {
  readonly title: string;
  /** Undefined: only what is in it closes it. */
  readonly onClose?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** A question before something is done. It is there as long as it is drawn, and leaves nothing behind. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const isFree = onClose !== undefined;
  return (
    <Modal
      opened
      onClose={() => onClose?.()}
      title={title}
      withCloseButton={isFree}
      closeOnEscape={isFree}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": texts.close }}
      transitionProps={{ duration: 0 }}
      classNames={{ title: classes["title"] ?? "" }}
      centered
      size="lg"
    >
      {children}
    </Modal>
  );
}
