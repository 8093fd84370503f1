import { type User, UserService } from "@altalune/sdk/messages";
import { Button, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { changedPaths } from "../form/changed-paths.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { inForceText } from "../keys/in-force.ts";
import { texts } from "../texts.ts";
import { type Grant, GrantFields, grantOf } from "./grant-fields.tsx";
import classes from "./grant-form.module.css";

interface GrantFormProps {
  readonly user: User;
  readonly onSaved: (sentence: string) => void;
}

const { grant: words } = texts.users;

/** What a user may do and is called, to be changed. */
export function GrantForm({ user, onSaved }: GrantFormProps) {
  const users = useClient(UserService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  // As it was when the form began: what others change meanwhile is not taken for what is in the form.
  const [before, setBefore] = useState(user);
  const [grant, setGrant] = useState<Grant>({
    role: user.role,
    allProjects: user.allProjects,
    projectIds: user.projectIds,
  });
  const [displayName, setDisplayName] = useState(user.displayName);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(async () => {
      const after = grantOf(grant);
      const paths = pathsOf(before, after, displayName);
      if (paths.length === 0) {
        onSaved(texts.form.unchanged);
        return;
      }
      // What changes of the user that no field shows, such as whether it is shut out, is no reason to refuse.
      const { etag } = pathsOf(before, grantOf(user), user.displayName).length === 0 ? user : before;
      const request = { userId: user.id, displayName, ...after, updateMask: { paths }, etag };
      const { user: saved = before, propagation } = await users.updateUser(request);
      setBefore(saved);
      onSaved(`${words.done} ${inForceText(propagation)}`);
      await queries.invalidateQueries();
    });
  };
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <p className="dimmed">{words.text}</p>
          <FormFailure failure={failure} />
          <GrantFields grant={grant} onChange={setGrant} failure={failure} />
          <TextInput
            label={`${words.displayName} (${texts.form.optional})`}
            autoComplete="off"
            value={displayName}
            onChange={(event) => setDisplayName(event.currentTarget.value)}
            error={failure?.fields["display_name"]}
          />
          <div>
            <Button type="submit" loading={isBusy}>
              {words.submit}
            </Button>
          </div>
        </Stack>
      </form>
    </section>
  );
}

/** Whose role is not changed may go on having it by a provider's word. What another role reaches is said along with it. */
function pathsOf(before: User, after: Grant, displayName: string): string[] {
  const reach =
    after.role === before.role
      ? changedPaths(reachFields(grantOf(before)), reachFields(after))
      : ["role", "all_projects", "project_ids"];
  return [...reach, ...changedPaths({ display_name: before.displayName }, { display_name: displayName })];
}

function reachFields({ allProjects, projectIds }: Grant) {
  return { all_projects: allProjects, project_ids: projectIds };
}
