import { PortalService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
import { texts } from "../texts.ts";

interface EndSessionsDialogProps {
  readonly projectId: string;
  readonly ownerId: string;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { endSessions: words } = texts.owners;

/** Ends the sessions that an owner has in the portal. */
export function EndSessionsDialog({ projectId, ownerId, onDone, onClose }: EndSessionsDialogProps) {
  const portal = useClient(PortalService);
  const end = async () => {
    const { ended } = await portal.endPortalSessions({ projectId, ownerId });
    onDone(words.done(ended));
  };
  return (
    <ConfirmDialog title={words.title} text={words.text} submit={words.action} isFinal work={end} onClose={onClose} />
  );
}
