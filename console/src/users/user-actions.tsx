import { type User, UserService } from "@altalune/sdk/messages";
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { useHold } from "../parts/hold.ts";
import { texts } from "../texts.ts";
import { grantOf } from "./grant-fields.tsx";
import { type Invitation, InvitationLink, invitationOf } from "./invitation-link.tsx";
import { type UserAction, UserActionDialog } from "./user-action-dialog.tsx";

const { actions: words } = texts.users;

interface UserActionsProps {
  readonly user: User;
  readonly onDone: (sentence: string) => void;
}

/** What may be done about a user. */
export function UserActions({ user, onDone }: UserActionsProps) {
  const [asked, setAsked] = useState<UserAction>();
  const close = () => setAsked(undefined);
  const isInvited = user.username === "";
  const shutOut = user.disabled ? "enable" : "disable";
  return (
    <>
      {isInvited ? (
        <InviteAgain user={user} />
      ) : (
        <Button variant="default" onClick={() => setAsked("endSessions")}>
          {words.endSessions.action}
        </Button>
      )}
      <Button variant="default" onClick={() => setAsked(shutOut)}>
        {words[shutOut].action}
      </Button>
      <Button variant="default" className="danger" onClick={() => setAsked("delete")}>
        {words.delete.action}
      </Button>
      {asked !== undefined && (
        <UserActionDialog
          action={asked}
          user={user}
          onDone={(sentence) => {
            onDone(sentence);
            close();
          }}
          onClose={close}
        />
      )}
    </>
  );
}

/** Another link for who has not come yet; the one before ends. */
function InviteAgain({ user }: { readonly user: User }) {
  const users = useClient(UserService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  const [made, setMade] = useState<Invitation>();
  useHold(isBusy && made === undefined);
  const invite = () =>
    send(async () => {
      setMade(invitationOf(await users.inviteUser({ email: user.email, ...grantOf(user) })));
      await queries.invalidateQueries();
    });
  return (
    <>
      <FormFailure failure={failure} />
      <Button variant="default" loading={isBusy} onClick={invite}>
        {words.inviteAgain.action}
      </Button>
      {made !== undefined && <InvitationLink invitation={made} onStored={() => setMade(undefined)} />}
    </>
  );
}
