import { type Project, ProjectService, type UpdateProjectRequestSchema } from "@altalune/sdk/messages";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import type { Failure } from "../api/failure.ts";
import { useSending } from "../api/use-sending.ts";
import { inForceText } from "../keys/in-force.ts";
import { texts } from "../texts.ts";

/** Beginning again with the project as it is now. */
export interface Reloading {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  reload(): void;
}

/** A form of some of a project's settings. */
export interface SettingsFormProps {
  /** In the state that the change is meant for. */
  readonly project: Project;
  readonly onSaved: (project: Project) => void;
  /** Whether any form of the page is being saved: the next one is meant for the state that comes of it. */
  readonly isSaving: boolean;
  readonly onSaving: (isSaving: boolean) => void;
  readonly reloading: Reloading;
}

type Changes = Omit<
  MessageInitShape<typeof UpdateProjectRequestSchema>,
  "projectId" | "etag" | "updateMask" | "$typeName"
>;

export interface Saving {
  readonly isBusy: boolean;
  /** Whether another form of the page is being saved. */
  readonly isOtherBusy: boolean;
  readonly failure: Failure | undefined;
  /** What was done. */
  readonly outcome: string | undefined;
  /** Tells that what is in the fields cannot be sent, as each says that is at fault. */
  refuse(): void;
  /** @param paths of what is changed, by the contract's names */
  save(paths: readonly string[], changes: Changes): Promise<void>;
}

/**
 * Changes a project, unless somebody else has changed it since it was looked at.
 *
 * @param fill puts what was saved into the form's fields
 */
export function useSaving(
  { project, onSaved, isSaving, onSaving }: SettingsFormProps,
  fill?: (saved: Project) => void,
): Saving {
  const projects = useClient(ProjectService);
  const queries = useQueryClient();
  const { isBusy, failure, send, refuse } = useSending();
  const [outcome, setOutcome] = useState<string>();
  const save = async (paths: readonly string[], changes: Changes) => {
    if (isSaving) {
      return;
    }
    setOutcome(undefined);
    onSaving(true);
    await send(async () => {
      if (paths.length === 0) {
        setOutcome(texts.form.unchanged);
        return;
      }
      const { id: projectId, etag } = project;
      const updateMask = { paths: [...paths] };
      const { project: after, propagation } = await projects.updateProject({ ...changes, projectId, etag, updateMask });
      if (after !== undefined) {
        fill?.(after);
        onSaved(after);
      }
      setOutcome(`${texts.settings.saved} ${inForceText(propagation)}`);
      await queries.invalidateQueries();
    });
    onSaving(false);
  };
  const refuseAnew = () => {
    setOutcome(undefined);
    refuse();
  };
  return { isBusy, isOtherBusy: isSaving && !isBusy, failure, outcome, save, refuse: refuseAnew };
}
