import { type Project, ProjectService } from "@altalune/sdk/messages";
import { Button, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { inForceText } from "../keys/in-force.ts";
import { useLeave } from "../parts/outcome.tsx";
import { texts } from "../texts.ts";
import classes from "./settings.module.css";

const { delete: words } = texts.settings;

/** The end of a project, below all else. */
export function DeleteProject({ project }: { readonly project: Project }) {
  const [isAsked, setIsAsked] = useState(false);
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <Stack gap="md">
        <p className="dimmed">{words.text}</p>
        <div>
          <Button variant="default" className="danger" onClick={() => setIsAsked(true)}>
            {words.action}
          </Button>
        </div>
      </Stack>
      {isAsked && <DeleteProjectDialog project={project} onClose={() => setIsAsked(false)} />}
    </section>
  );
}

interface DeleteProjectDialogProps {
  readonly project: Project;
  readonly onClose: () => void;
}

/** Deletes a project, as it was when it was looked at, for who types its name. */
function DeleteProjectDialog({ project, onClose }: DeleteProjectDialogProps) {
  const projects = useClient(ProjectService);
  const leave = useLeave();
  const { isBusy, failure, send } = useSending();
  const [typed, setTyped] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const { id: projectId, etag, name } = project;
  const isName = typed === name;

  const submit = () => {
    setWasSent(true);
    if (!isName) {
      return;
    }
    void send(async () => {
      const { propagation } = await projects.deleteProject({ projectId, etag });
      await leave("/projects", `${words.done(name)} ${inForceText(propagation)}`);
    });
  };
  return (
    <DialogForm
      title={words.dialogTitle(name)}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={words.name}
        description={words.nameHint(name)}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={wasSent && !isName && words.nameFault}
      />
    </DialogForm>
  );
}
