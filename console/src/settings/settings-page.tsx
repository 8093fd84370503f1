import { type Project, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Navigate, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { AccessForm } from "./access-form.tsx";
import { DeleteProject } from "./delete-project.tsx";
import { ProjectForm } from "./project-form.tsx";

/** What holds in a project, to be changed; and its end. */
export default function SettingsPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId }, { staleTime: 0 });
  const [round, setRound] = useState(0);
  if (!may(useUser(), "projects:write")) {
    return <Navigate to={`/projects/${projectId}`} replace />;
  }
  const reload = async () => {
    await project.refetch();
    setRound(round + 1);
  };
  // What was remembered may be old: the forms begin with what holds now.
  const current = project.isFetchedAfterMount ? project : { ...project, data: undefined };
  return (
    <Answer to={current} isPage>
      {(answer) =>
        answer.project && <Settings key={`${projectId} ${round}`} project={answer.project} onReload={reload} />
      }
    </Answer>
  );
}

interface SettingsProps {
  /** As it was when the page began: what others do to it meanwhile is not taken for what is on the page. */
  readonly project: Project;
  readonly onReload: () => void;
}

function Settings({ project: begun, onReload }: SettingsProps) {
  const [project, setProject] = useState(begun);
  const form = { project, onSaved: setProject, onReload };
  return (
    <Page title={texts.settings.title} above={{ to: `/projects/${project.id}`, name: project.name }} isNarrow>
      <ProjectPlaces projectId={project.id} />
      <ProjectForm {...form} />
      <AccessForm {...form} />
      <DeleteProject project={project} />
    </Page>
  );
}
