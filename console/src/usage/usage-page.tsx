import { ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Navigate, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { ProjectUsage } from "./project-usage.tsx";

/** How much the keys of a project are used. */
export default function UsagePage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  if (!may(useUser(), "usage:read")) {
    return <Navigate to={`/projects/${projectId}`} replace />;
  }
  return (
    <Answer to={project} isPage>
      {(answer) => {
        const name = answer.project?.name ?? "";
        return (
          <Page title={texts.usage.titleOf(name)} above={{ to: `/projects/${projectId}`, name }}>
            <ProjectPlaces projectId={projectId} />
            <ProjectUsage projectId={projectId} />
          </Page>
        );
      }}
    </Answer>
  );
}
