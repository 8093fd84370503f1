import type { User } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { Moment } from "../listing/moment.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { texts } from "../texts.ts";
import { reachText, roleText } from "./roles.ts";
import { UserStatus } from "./user-status.tsx";

const { user: words, columns } = texts.users;

/** Who a user is. */
export function UserFacts({ user }: { readonly user: User }) {
  return (
    <Facts title={words.facts}>
      <Fact name={columns.status}>
        <UserStatus user={user} />
      </Fact>
      <Fact name={words.username}>{user.username || <span className="dimmed">{words.notYet}</span>}</Fact>
      <Fact name={columns.email}>{user.email}</Fact>
      <Fact name={columns.role}>{roleText(user.role)}</Fact>
      <Fact name={columns.reach}>{reachText(user)}</Fact>
      <Fact name={columns.lastLogin}>
        <Moment at={user.lastLoginAt} />
      </Fact>
      <Fact name={words.created}>
        <Moment at={user.createdAt} />
      </Fact>
      <Fact name={words.changed}>
        <Moment at={user.updatedAt} />
      </Fact>
      <Fact name={texts.keys.key.id}>
        <Code>{user.id}</Code>
      </Fact>
    </Facts>
  );
}
