import { UserRole, UserService } from "@altalune/sdk/messages";
import { Button, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Navigate, useNavigate } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { useHold } from "../parts/hold.ts";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { type Grant, GrantFields, grantOf } from "./grant-fields.tsx";
import { type Invitation, InvitationLink, invitationOf } from "./invitation-link.tsx";
import { useMayUsers } from "./use-may-users.ts";

const { new: words } = texts.users;

/** Invites a person, shows the link this once, and leads to the user. */
export default function InvitePage() {
  const users = useClient(UserService);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { isBusy, failure, send } = useSending();
  const [email, setEmail] = useState("");
  const [grant, setGrant] = useState<Grant>({ role: UserRole.VIEWER, allProjects: false, projectIds: [] });
  // Here alone, and gone with this page: nothing that is kept has the link.
  const [made, setMade] = useState<Invitation>();
  useHold(isBusy && made === undefined);
  if (!useMayUsers().mayWrite) {
    return <Navigate to="/users" replace />;
  }

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(async () => {
      setMade(invitationOf(await users.inviteUser({ email: email.trim(), ...grantOf(grant) })));
      await queries.invalidateQueries();
    });
  };
  const leave = ({ userId }: Invitation) => {
    setMade(undefined);
    void navigate(`/users/${userId}`, { replace: true });
  };
  return (
    <Page title={words.title} above={{ to: "/users", name: texts.users.title }} isNarrow>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <FormFailure failure={failure} />
          <TextInput
            type="email"
            label={words.email}
            description={words.emailHint}
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={failure?.fields["email"]}
          />
          <GrantFields grant={grant} onChange={setGrant} failure={failure} />
          <div>
            <Button type="submit" loading={isBusy}>
              {words.submit}
            </Button>
          </div>
        </Stack>
      </form>
      {made !== undefined && <InvitationLink invitation={made} onStored={() => leave(made)} />}
    </Page>
  );
}
