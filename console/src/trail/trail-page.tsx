import { ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Navigate, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { Trail } from "./trail.tsx";

/** What was done in a project. */
export default function TrailPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  if (!may(useUser(), "audit:read")) {
    return <Navigate to={`/projects/${projectId}`} replace />;
  }
  return (
    <Answer to={project} isPage>
      {(answer) => (
        <Trail
          projectId={projectId}
          title={texts.trail.titleOf(answer.project?.name ?? "")}
          above={{ to: `/projects/${projectId}`, name: answer.project?.name ?? "" }}
        />
      )}
    </Answer>
  );
}
