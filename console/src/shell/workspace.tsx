import type { SignedInUser } from "../session/auth.ts";

export default function Workspace({ user }: { readonly user: SignedInUser }) {
  return <main>{user.username}</main>;
}
