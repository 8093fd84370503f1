import { ProjectService } from "@altalune/sdk/messages";
import { Button, Checkbox, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Navigate, useNavigate } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { useRequest } from "../form/use-request.ts";
import { isWholeNumber } from "../form/whole-number.ts";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { useMayCreateProjects } from "./use-may-create-projects.ts";

/** Makes a project, and leads to it. */
export default function NewProjectPage() {
  const projects = useClient(ProjectService);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { isBusy, failure, send } = useSending();
  const [name, setName] = useState("");
  const [keyPrefix, setKeyPrefix] = useState("sk-");
  const [cap, setCap] = useState("5");
  const [allowNeverExpires, setAllowNeverExpires] = useState(false);
  const request = useRequest(name, keyPrefix, cap, allowNeverExpires);
  const { new: words } = texts.projects;
  const isCapGood = isWholeNumber(cap);
  if (!useMayCreateProjects()) {
    return <Navigate to="/projects" replace />;
  }

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isCapGood) {
      return;
    }
    void send(async () => {
      const maxKeysPerOwner = cap.trim() === "" ? {} : { maxKeysPerOwner: Number(cap) };
      const { project } = await projects.createProject({
        name,
        keyPrefix,
        allowNeverExpires,
        ...maxKeysPerOwner,
        requestId: request.id,
      });
      await queries.invalidateQueries();
      await navigate(`/projects/${project?.id}`);
    });
  };
  const fault = (field: string) => failure?.fields[field];
  return (
    <Page title={words.title} above={{ to: "/projects", name: texts.projects.title }} isNarrow>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <FormFailure failure={failure} />
          <TextInput
            label={words.name}
            description={words.nameHint}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fault("name")}
          />
          <TextInput
            label={words.prefix}
            description={words.prefixHint}
            autoCapitalize="none"
            spellCheck={false}
            value={keyPrefix}
            onChange={(event) => setKeyPrefix(event.currentTarget.value)}
            error={fault("key_prefix")}
          />
          <TextInput
            label={words.cap}
            description={words.capHint}
            inputMode="numeric"
            value={cap}
            onChange={(event) => setCap(event.currentTarget.value)}
            error={isCapGood ? fault("max_keys_per_owner") : texts.form.wholeNumber}
          />
          <Checkbox
            label={words.neverExpires}
            checked={allowNeverExpires}
            onChange={(event) => setAllowNeverExpires(event.currentTarget.checked)}
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
