import { type User, UserService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Navigate, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { GrantForm } from "./grant-form.tsx";
import { useMayUsers } from "./use-may-users.ts";
import { UserActions } from "./user-actions.tsx";
import { UserFacts } from "./user-facts.tsx";
import { userName } from "./user-name.ts";

/** A user: who it is, and what may be done about it. */
export default function UserPage() {
  const { userId = "" } = useParams();
  const { mayRead, mayWrite } = useMayUsers();
  const user = useQuery(UserService.method.getUser, { userId });
  if (!mayRead) {
    return <Navigate to="/projects" replace />;
  }
  return (
    <Answer to={user} isPage>
      {(answer) => answer.user && <OneUser key={userId} user={answer.user} mayWrite={mayWrite} />}
    </Answer>
  );
}

function OneUser({ user, mayWrite }: { readonly user: User; readonly mayWrite: boolean }) {
  const [outcome, setOutcome] = useState<string>();
  return (
    <Page
      title={userName(user)}
      above={{ to: "/users", name: texts.users.title }}
      actions={mayWrite ? <UserActions user={user} onDone={setOutcome} /> : undefined}
    >
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <UserFacts user={user} />
      {mayWrite && <GrantForm user={user} onSaved={setOutcome} />}
    </Page>
  );
}
