import { type Propagation, type User, UserService } from "@altalune/sdk/messages";
import type { Client } from "@connectrpc/connect";
import { Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { inForceText } from "../keys/in-force.ts";
import { Notice } from "../parts/notice.tsx";
import { useLeave } from "../parts/outcome.tsx";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { userName } from "./user-name.ts";

type Users = Client<typeof UserService>;
type Answered = Promise<{ readonly propagation?: Propagation }>;

const disabledMask = { paths: ["disabled"] };
const actions = {
  disable: (users: Users, { id: userId }: User): Answered =>
    users.updateUser({ userId, disabled: true, updateMask: disabledMask }),
  enable: (users: Users, { id: userId }: User): Answered =>
    users.updateUser({ userId, disabled: false, updateMask: disabledMask }),
  endSessions: (users: Users, { id: userId }: User): Answered => users.revokeUserSessions({ userId }),
  // As the user was when looked at; shutting out is meant whatever the user has become.
  delete: (users: Users, { id: userId, etag }: User): Answered => users.deleteUser({ userId, etag }),
} as const;

export type UserAction = keyof typeof actions;

interface UserActionDialogProps {
  readonly action: UserAction;
  readonly user: User;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

/** Asks before something is done about a user, does it, and tells from when it holds everywhere. */
export function UserActionDialog({ action, user, onDone, onClose }: UserActionDialogProps) {
  const users = useClient(UserService);
  const queries = useQueryClient();
  const leave = useLeave();
  const isSelf = useUser().id === user.id;
  const { isBusy, failure, send } = useSending();
  const words = texts.users.actions[action];
  const name = userName(user);

  const submit = () => {
    void send(async () => {
      const { propagation } = await actions[action](users, user);
      const done = `${words.done(name)} ${inForceText(propagation)}`;
      if (action === "delete") {
        await leave("/users", done);
        return;
      }
      onDone(done);
      await queries.invalidateQueries();
    });
  };
  return (
    <DialogForm
      title={words.title(name)}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal={action === "delete"}
      intro={
        <Stack gap="sm">
          <p>{words.text}</p>
          {isSelf && action !== "enable" && <Notice tone="warn">{texts.users.user.self}</Notice>}
        </Stack>
      }
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
