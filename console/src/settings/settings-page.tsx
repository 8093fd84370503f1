import { type Project, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Navigate, useParams } from "react-router";
import { useSending } from "../api/use-sending.ts";
import { Answer } from "../listing/answer.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { AccessForm } from "./access-form.tsx";
import { DeleteProject } from "./delete-project.tsx";
import { MailForm } from "./mail-form.tsx";
import { ExposureForm, SuspiciousForm } from "./policy-form.tsx";
import { ProjectForm } from "./project-form.tsx";
import { RotationForm } from "./rotation-form.tsx";
import type { Reloading } from "./use-saving.ts";

/** What holds in a project, to be changed; and its end. */
export default function SettingsPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId }, { staleTime: 0 });
  const { isBusy, failure, send } = useSending();
  const [round, setRound] = useState(0);
  if (!may(useUser(), "projects:write")) {
    return <Navigate to={`/projects/${projectId}`} replace />;
  }
  // What is on the page is dropped once there is something to take its place.
  const reload = () =>
    void send(async () => {
      await project.refetch({ throwOnError: true });
      setRound((before) => before + 1);
    });
  // What was remembered may be old: the forms begin with what holds now. Of what fails later, whoever asked for it is told.
  const current = project.isFetchedAfterMount
    ? { ...project, error: project.data === undefined ? project.error : null }
    : { ...project, data: undefined };
  return (
    <Answer to={current} isPage>
      {(answer) =>
        answer.project && (
          <Settings key={`${projectId} ${round}`} project={answer.project} reloading={{ isBusy, failure, reload }} />
        )
      }
    </Answer>
  );
}

interface SettingsProps {
  /** As it was when the page began: what others do to it meanwhile is not taken for what is on the page. */
  readonly project: Project;
  readonly reloading: Reloading;
}

function Settings({ project: begun, reloading }: SettingsProps) {
  const [project, setProject] = useState(begun);
  const [isSaving, setIsSaving] = useState(false);
  const form = { project, onSaved: setProject, isSaving, onSaving: setIsSaving, reloading };
  return (
    <Page title={texts.settings.title} above={{ to: `/projects/${project.id}`, name: project.name }} isNarrow>
      <ProjectPlaces projectId={project.id} />
      <ProjectForm {...form} />
      <AccessForm {...form} />
      <MailForm {...form} />
      <RotationForm {...form} />
      <ExposureForm {...form} />
      <SuspiciousForm {...form} />
      <DeleteProject project={project} />
    </Page>
  );
}
