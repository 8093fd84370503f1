import { Button } from "@mantine/core";
import { useState } from "react";
import { Answer } from "../listing/answer.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./account.module.css";
import { AgainDialog } from "./again-dialog.tsx";
import { AuthenticatorDialog } from "./authenticator-dialog.tsx";
import type { OwnAuthenticator } from "./own.ts";
import { useAsk, useOwn, useRefresh } from "./use-account.ts";

const { totp: words } = texts.account;

/** Whether signing in asks for a code of an authenticator. */
export function AuthenticatorPart() {
  const ask = useAsk();
  const refresh = useRefresh();
  const authenticator = useOwn<OwnAuthenticator>("totp");
  const [asked, setAsked] = useState<"set-up" | "remove">();
  const [outcome, setOutcome] = useState<string>();
  const close = () => setAsked(undefined);
  const open = (what: "set-up" | "remove") => {
    setOutcome(undefined);
    setAsked(what);
  };
  const done = (sentence: string) => {
    setOutcome(sentence);
    close();
    void refresh();
  };
  const remove = async (password: string) => {
    await ask("DELETE", "totp", { password });
    done(words.removed);
  };
  return (
    <div className={classes["factor"]}>
      <h3>{words.title}</h3>
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <Answer to={authenticator}>
        {({ enabled, recovery_codes_left }) => (
          <>
            <p className={classes["text"]}>{enabled ? words.on(recovery_codes_left) : words.off}</p>
            {enabled ? (
              <Button variant="default" className="danger" onClick={() => open("remove")}>
                {words.remove}
              </Button>
            ) : (
              <Button variant="default" onClick={() => open("set-up")}>
                {words.setUp}
              </Button>
            )}
          </>
        )}
      </Answer>
      {asked === "set-up" && <AuthenticatorDialog onDone={() => done(words.done)} onClose={close} />}
      {asked === "remove" && (
        <AgainDialog
          title={words.removeTitle}
          text={words.removeText}
          submit={words.remove}
          isFinal
          work={remove}
          onClose={close}
        />
      )}
    </div>
  );
}
