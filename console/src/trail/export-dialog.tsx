import { AuditService } from "@altalune/sdk/messages";
import type { ConnectError } from "@connectrpc/connect";
import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import { Answer } from "../listing/answer.tsx";
import { CopyField } from "../parts/copy-field.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { texts } from "../texts.ts";
import { headText } from "./head.ts";
import { type WalkOutcome, walkChain } from "./walk-chain.ts";
import { WalkNotice } from "./walk-notice.tsx";

interface ExportDialogProps {
  /** Empty: the instance's own trail. */
  readonly projectId: string;
  readonly onClose: () => void;
}

const { export: words } = texts.trail;

/** Gives the head of a trail to take along, once the trail was found whole: that of a broken one proves nothing. */
export function ExportDialog({ projectId, onClose }: ExportDialogProps) {
  const audit = useClient(AuditService);
  // Not kept: the trail goes on.
  const walk = useQuery<WalkOutcome, ConnectError>({
    queryKey: ["walk", projectId],
    queryFn: ({ signal }) => walkChain(audit, projectId, { signal }),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Dialog title={words.title} onClose={onClose}>
      <Stack gap="md">
        <p>{words.text}</p>
        {walk.isLoading && <p role="status">{words.checking}</p>}
        <Answer to={walk}>{(outcome) => <Outcome projectId={projectId} outcome={outcome} />}</Answer>
      </Stack>
    </Dialog>
  );
}

function Outcome({ projectId, outcome }: { readonly projectId: string; readonly outcome: WalkOutcome }) {
  const text = headText({ projectId, ...outcome });
  return (
    <>
      <WalkNotice outcome={outcome} />
      {outcome.kind === "whole" && (
        <>
          <CopyField label={words.label} value={text} rows={7} />
          <div>
            <Button
              component="a"
              variant="default"
              href={`data:application/json,${encodeURIComponent(text)}`}
              download={`altalune-trail-${projectId || "instance"}-${outcome.headSequence}.json`}
            >
              {words.download}
            </Button>
          </div>
        </>
      )}
    </>
  );
}
