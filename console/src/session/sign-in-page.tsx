import { useEffect, useState } from "react";
import { Brand } from "../parts/brand.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import { type AskedFactors, type Credentials, signIn } from "./auth.ts";
import { FactorForm } from "./factor-form.tsx";
import { passkeyAnswer } from "./passkey-answer.ts";
import { PasswordForm } from "./password-form.tsx";
import { ProviderLink } from "./provider-link.tsx";
import { useSession } from "./session.tsx";
import classes from "./sign-in.module.css";
import { faultOf, providerSentence, type SignInFault } from "./sign-in-fault.ts";

/** A password that was right, and what is asked for beside it. */
interface FirstStep {
  readonly credentials: Credentials;
  readonly asked: AskedFactors;
}

/** Where people sign in: by their password, then by a code or a passkey where one is wanted, or at a provider. */
export default function SignInPage({ hasEnded }: { readonly hasEnded: boolean }) {
  const { begin } = useSession();
  const [providerFailure] = useState(providerFailureOf(location.search));
  const [first, setFirst] = useState<FirstStep>();
  const [fault, setFault] = useState<SignInFault>();
  useEffect(forgetProviderFailure, []);

  const attempt = async (credentials: Credentials): Promise<void> => {
    setFault(undefined);
    try {
      begin(await signIn(credentials));
    } catch (error) {
      const found = faultOf(error);
      if (found.kind === "factor-wanted") {
        setFirst({ credentials, asked: found.asked });
      } else if (found.kind === "wrong" && credentials.passkey !== undefined) {
        setFault({ kind: "other", sentence: texts.signIn.passkeyWrong });
      } else {
        setFault(found);
      }
    }
  };
  const showPasskey = async ({ credentials, asked }: FirstStep): Promise<void> => {
    setFault(undefined);
    // What it answers to is good once.
    setFirst({ credentials, asked: { ...asked, passkeyOptions: undefined } });
    try {
      const answer = await passkeyAnswer(credentials, asked.passkeyOptions);
      switch (answer.kind) {
        case "shown":
          return await attempt({ ...credentials, passkey: answer.passkey });
        case "none":
          return setFault({ kind: "other", sentence: texts.signIn.passkeyRefused });
        case "not-needed":
          return begin(answer.user);
      }
    } catch (error) {
      setFault(faultOf(error));
    }
  };
  const restart = () => {
    setFirst(undefined);
    setFault(undefined);
  };

  const notice = providerFailure ?? (hasEnded ? texts.signIn.ended : undefined);
  return (
    <main className={classes["page"]}>
      <title>{texts.title(texts.signIn.title)}</title>
      <Brand />
      <div className={classes["card"]}>
        <h1 className={classes["title"]}>{first === undefined ? texts.signIn.title : texts.signIn.codeTitle}</h1>
        {notice !== undefined && first === undefined && fault === undefined && (
          <div className={classes["notice"]}>
            <Notice tone={providerFailure === undefined ? "idle" : "bad"}>{notice}</Notice>
          </div>
        )}
        {first === undefined ? (
          <>
            <PasswordForm fault={fault} onSubmit={attempt} />
            <ProviderLink />
          </>
        ) : (
          <FactorForm
            login={first.credentials.login}
            factors={first.asked.factors}
            fault={fault}
            onSubmit={(code) => attempt({ ...first.credentials, code })}
            onPasskey={() => showPasskey(first)}
            onBack={restart}
          />
        )}
      </div>
    </main>
  );
}

/** Why a provider's sign-in did not work: the server leads back here with the reason. */
function providerFailureOf(query: string): string | undefined {
  const reason = new URLSearchParams(query).get("sign_in_error");
  return reason === null ? undefined : providerSentence(reason);
}

function forgetProviderFailure(): void {
  const url = new URL(location.href);
  if (url.searchParams.has("sign_in_error")) {
    url.searchParams.delete("sign_in_error");
    history.replaceState(history.state, "", url);
  }
}
