import { ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useParams, useSearchParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { texts } from "../texts.ts";
import { OwnerChoice } from "./owner-choice.tsx";
import { OwnerPage } from "./owner-page.tsx";

/** The owners of a project's keys; with one in the address, that owner. */
export default function OwnersPage() {
  const { projectId = "" } = useParams();
  const [params] = useSearchParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  const ownerId = params.get("owner") ?? "";
  return (
    <Answer to={project} isPage>
      {(answer) => {
        const name = answer.project?.name ?? "";
        return ownerId !== "" && answer.project !== undefined ? (
          <OwnerPage key={`${projectId} ${ownerId}`} project={answer.project} ownerId={ownerId} />
        ) : (
          <Page title={texts.owners.titleOf(name)} above={{ to: `/projects/${projectId}`, name }}>
            <ProjectPlaces projectId={projectId} />
            <OwnerChoice projectId={projectId} />
          </Page>
        );
      }}
    </Answer>
  );
}
