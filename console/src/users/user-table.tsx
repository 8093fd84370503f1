import type { User } from "@altalune/sdk/messages";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { reachText, roleText } from "./roles.ts";
import { userName } from "./user-name.ts";
import { UserStatus } from "./user-status.tsx";
import classes from "./user-table.module.css";

const { columns: names } = texts.users;

const columns: readonly Column<User>[] = [
  { name: names.name, cell: (user) => <UserLink user={user} /> },
  { name: names.role, cell: ({ role }) => roleText(role) },
  { name: names.reach, cell: reachText },
  { name: names.status, cell: (user) => <UserStatus user={user} /> },
  { name: names.lastLogin, cell: ({ lastLoginAt }) => <Moment at={lastLoginAt} /> },
];

export function UserTable({ users, isStale }: { readonly users: readonly User[]; readonly isStale: boolean }) {
  return <Table name={texts.users.title} columns={columns} rows={users} keyOf={({ id }) => id} isStale={isStale} />;
}

function UserLink({ user }: { readonly user: User }) {
  const isSelf = useUser().id === user.id;
  return (
    <>
      <Link to={`/users/${user.id}`}>{userName(user)}</Link>
      {isSelf && <span className="dimmed"> ({texts.users.you})</span>}
      {user.username !== "" && <div className={classes["email"]}>{user.email}</div>}
    </>
  );
}
