import { Fact, Facts } from "../parts/facts.tsx";
import { Page } from "../parts/page.tsx";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { AuthenticatorPart } from "./authenticator-part.tsx";
import { PasskeysPart } from "./passkeys-part.tsx";
import { PasswordForm } from "./password-form.tsx";
import { Section } from "./section.tsx";
import { Sessions } from "./sessions.tsx";

const { account: words } = texts;

/** Who is signed in: where else, and by what. */
export default function AccountPage() {
  const user = useUser();
  return (
    <Page title={words.title}>
      <Facts title={user.display_name || user.username}>
        <Fact name={words.facts.username}>{user.username}</Fact>
        <Fact name={words.facts.email}>{user.email}</Fact>
        <Fact name={words.facts.role}>{texts.shell.roles[user.roles[0] ?? ""]}</Fact>
        <Fact name={words.facts.reach}>{user.all_projects ? words.reach.every : words.reach.named}</Fact>
      </Facts>
      <Sessions />
      <PasswordForm />
      <Section title={words.factors.title} text={words.factors.text}>
        <AuthenticatorPart />
        <PasskeysPart />
      </Section>
    </Page>
  );
}
