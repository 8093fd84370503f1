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
  disable: (users: Users, userId: string): Answered =>
    users.updateUser({ userId, disabled: true, updateMask: disabledMask }),
  enable: (users: Users, userId: string): Answered =>
    users.updateUser({ userId, disabled: false, updateMask: disabledMask }),
  endSessions: (users: Users, userId: string): Answered => users.revokeUserSessions({ userId }),
  delete: (users: Users, userId: string): Answered => users.deleteUser({ userId }),
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
      const { propagation } = await actions[action](users, user.id);
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
