import type { Project } from "@altalune/sdk/messages";
import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { EndSessionsDialog } from "./end-sessions-dialog.tsx";
import { OpenPortalDialog } from "./open-portal-dialog.tsx";
import { OwnerFacts } from "./owner-facts.tsx";
import { OwnerKeys } from "./owner-keys.tsx";

const { owners: words } = texts;

/** An owner: their keys in a project, and their way to these. */
export function OwnerPage({ project, ownerId }: { readonly project: Project; readonly ownerId: string }) {
  const user = useUser();
  const [asked, setAsked] = useState<"portal" | "end">();
  const [outcome, setOutcome] = useState<string>();
  const close = () => setAsked(undefined);
  const open = (dialog: typeof asked) => {
    setOutcome(undefined);
    setAsked(dialog);
  };
  const done = (sentence: string) => {
    setOutcome(sentence);
    close();
  };
  const place = `/projects/${project.id}`;
  const actions = (
    <>
      {may(user, "api_keys:write") && (
        <Button component={Link} to={`${place}/keys/new?${new URLSearchParams({ owner: ownerId })}`}>
          {texts.keys.create}
        </Button>
      )}
      {may(user, "portal:write") && (
        <>
          <Button variant="default" onClick={() => open("portal")}>
            {words.openPortal.action}
          </Button>
          <Button variant="default" className="danger" onClick={() => open("end")}>
            {words.endSessions.action}
          </Button>
        </>
      )}
    </>
  );
  return (
    <Page title={ownerId} above={{ to: `${place}/owners`, name: words.titleOf(project.name) }} actions={actions}>
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <OwnerFacts project={project} ownerId={ownerId} />
      <OwnerKeys projectId={project.id} ownerId={ownerId} />
      {asked === "portal" && <OpenPortalDialog projectId={project.id} ownerId={ownerId} onClose={close} />}
      {asked === "end" && <EndSessionsDialog projectId={project.id} ownerId={ownerId} onDone={done} onClose={close} />}
    </Page>
  );
}
