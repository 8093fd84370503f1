import { type Project, ProjectService, VerificationService, type VerifyApiKeyResponse } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Navigate, useParams } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { isWholeNumber } from "../form/whole-number.ts";
import { Answer } from "../listing/answer.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import classes from "./explorer.module.css";
import { SameCall } from "./same-call.tsx";
import type { Call } from "./snippets.ts";
import { Verdict } from "./verdict.tsx";
import { type Asked, VerifyForm } from "./verify-form.tsx";

const words = texts.explorer;

/** Verifies a key as an API does, and shows how an API would. */
export default function ExplorerPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  if (!may(useUser(), "api_keys:verify")) {
    return <Navigate to={`/projects/${projectId}`} replace />;
  }
  return (
    <Answer to={project} isPage>
      {(answer) => answer.project && <Explorer key={projectId} project={answer.project} />}
    </Answer>
  );
}

const nothing: Asked = { key: "", requiredScopes: [], cost: "" };

function Explorer({ project }: { readonly project: Project }) {
  const verification = useClient(VerificationService);
  const { isBusy, failure, send, forget } = useSending();
  // The key's value is here alone, and gone with this page.
  const [asked, setAsked] = useState(nothing);
  const [verdict, setVerdict] = useState<VerifyApiKeyResponse>();
  const call: Call = {
    url: location.origin,
    projectId: project.id,
    requiredScopes: asked.requiredScopes,
    cost: asked.cost.trim() === "" || !isWholeNumber(asked.cost) ? undefined : Number(asked.cost),
  };

  const change = (next: Asked) => {
    setAsked(next);
    // A verdict beside another call would be read as that call's.
    setVerdict(undefined);
    forget();
  };
  const verify = () =>
    send(async () => {
      setVerdict(undefined);
      const { projectId, requiredScopes, cost } = call;
      const named = cost === undefined ? {} : { cost };
      setVerdict(
        await verification.verifyApiKey({
          key: asked.key.trim(),
          projectId,
          requiredScopes: [...requiredScopes],
          ...named,
        }),
      );
    });
  return (
    <Page title={words.title} above={{ to: `/projects/${project.id}`, name: project.name }}>
      <ProjectPlaces projectId={project.id} />
      <p className={classes["intro"]}>{words.text}</p>
      <div className={classes["columns"]}>
        <VerifyForm asked={asked} isBusy={isBusy} failure={failure} onChange={change} onSubmit={verify} />
        {verdict === undefined ? <Empty {...words.empty} /> : <Verdict verdict={verdict} />}
      </div>
      <SameCall call={call} />
    </Page>
  );
}
