import { ProjectService } from "@altalune/sdk/messages";
import { Button, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Navigate, useNavigate } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { useRequest } from "../form/use-request.ts";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { ProjectFields, type ProjectText, projectOf } from "./project-fields.tsx";
import { useMayCreateProjects } from "./use-may-create-projects.ts";

/** Makes a project, and leads to it. */
export default function NewProjectPage() {
  const projects = useClient(ProjectService);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { isBusy, failure, send, refuse } = useSending();
  const [text, setText] = useState<ProjectText>({ name: "", keyPrefix: "sk-", cap: "5", allowNeverExpires: false });
  const { id: requestId } = useRequest(text);
  const { new: words } = texts.projects;
  if (!useMayCreateProjects()) {
    return <Navigate to="/projects" replace />;
  }

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const asked = projectOf(text);
    if (asked === undefined) {
      refuse();
      return;
    }
    void send(async () => {
      const { project } = await projects.createProject({ ...asked, requestId });
      await queries.invalidateQueries();
      await navigate(`/projects/${project?.id}`);
    });
  };
  return (
    <Page title={words.title} above={{ to: "/projects", name: texts.projects.title }} isNarrow>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <FormFailure failure={failure} />
          <ProjectFields
            value={text}
            onChange={(changes) => setText((before) => ({ ...before, ...changes }))}
            faults={failure?.fields ?? {}}
          />
          <div>
            <Button type="submit" loading={isBusy}>
              {words.submit}
            </Button>
          </div>
        </Stack>
      </form>
    </Page>
  );
}
