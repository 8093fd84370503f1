import { type ApiKey, ApiKeyService, ApiKeyStatus, type Project, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useParams } from "react-router";
import { ReportDialog } from "../exposure/report-dialog.tsx";
import { Answer } from "../listing/answer.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { KeyRotation } from "../rotation/key-rotation.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { KeyEvents } from "../trail/key-events.tsx";
import { KeyUsage } from "../usage/key-usage.tsx";
import { DeleteKeyDialog } from "./delete-key-dialog.tsx";
import { KeyFacts } from "./key-facts.tsx";
import { KeyLimits } from "./key-limits.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";
import { SwitchDialog } from "./switch-dialog.tsx";

/** For whoever sees usage. */
const KeySources = lazy(() => import("../usage/key-sources.tsx"));

/** A key: what it is, and what may be done with it. */
export default function KeyPage() {
  const { projectId = "", apiKeyId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  const key = useQuery(ApiKeyService.method.getApiKey, { projectId, apiKeyId });
  return (
    <Answer to={project} isPage>
      {(ofProject) => (
        <Answer to={key} isPage>
          {(ofKey) =>
            ofProject.project &&
            ofKey.apiKey && <Key key={apiKeyId} project={ofProject.project} apiKey={ofKey.apiKey} />
          }
        </Answer>
      )}
    </Answer>
  );
}

function Key({ project, apiKey }: { readonly project: Project; readonly apiKey: ApiKey }) {
  const user = useUser();
  const mayChange = may(user, "api_keys:write");
  const isRevoked = apiKey.status === ApiKeyStatus.REVOKED;
  const [asked, setAsked] = useState<"rotate" | "switch" | "report" | "revoke" | "delete">();
  const [outcome, setOutcome] = useState<string>();
  const close = () => setAsked(undefined);
  const done = (sentence: string) => {
    setOutcome(sentence);
    close();
  };
  const actions = (
    <>
      {!isRevoked && (
        <>
          <Button variant="default" onClick={() => setAsked("rotate")}>
            {texts.keys.rotate.action}
          </Button>
          <Button variant="default" onClick={() => setAsked("switch")}>
            {apiKey.active ? texts.keys.switchOff.action : texts.keys.switchOn.action}
          </Button>
          <Button variant="default" className="danger" onClick={() => setAsked("report")}>
            {texts.exposure.report.action}
          </Button>
          <Button variant="default" className="danger" onClick={() => setAsked("revoke")}>
            {texts.keys.revoke.action}
          </Button>
        </>
      )}
      <Button variant="default" className="danger" onClick={() => setAsked("delete")}>
        {texts.keys.delete.action}
      </Button>
    </>
  );
  return (
    <Page
      title={apiKey.name}
      above={{ to: `/projects/${project.id}`, name: project.name }}
      actions={mayChange ? actions : undefined}
    >
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <KeyFacts apiKey={apiKey} />
      <KeyRotation apiKey={apiKey} mayChange={mayChange} onDone={setOutcome} />
      <KeyLimits apiKey={apiKey} />
      {may(user, "usage:read") && (
        <>
          <KeyUsage projectId={project.id} apiKeyId={apiKey.id} />
          <Suspense fallback={<Waiting />}>
            <KeySources projectId={project.id} apiKeyId={apiKey.id} />
          </Suspense>
        </>
      )}
      {may(user, "audit:read") && <KeyEvents projectId={project.id} apiKeyId={apiKey.id} />}
      {asked === "rotate" && <RotateDialog apiKey={apiKey} onDone={done} onClose={close} />}
      {asked === "switch" && <SwitchDialog apiKey={apiKey} onDone={done} onClose={close} />}
      {asked === "report" && <ReportDialog apiKey={apiKey} onDone={done} onClose={close} />}
      {asked === "revoke" && <RevokeDialog apiKey={apiKey} onDone={done} onClose={close} />}
      {asked === "delete" && <DeleteKeyDialog apiKey={apiKey} onClose={close} />}
    </Page>
  );
}
