import { Button, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { Notice } from "../parts/notice.tsx";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import classes from "./account.module.css";
import { PasswordField } from "./password-field.tsx";
import { Section } from "./section.tsx";
import { useAsk, useRefresh } from "./use-account.ts";

const { password: words, missing } = texts.account;

/** Another password, for who knows the one of now. */
export function PasswordForm() {
  const ask = useAsk();
  const refresh = useRefresh();
  const { username } = useUser();
  const { isBusy, failure, send } = useSending();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [confirm, setConfirm] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const [isDone, setIsDone] = useState(false);
  const isSame = next === confirm;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    setIsDone(false);
    if (current === "" || !isSame) {
      return;
    }
    void send(async () => {
      await ask("PUT", "password", { current_password: current, new_password: next });
      for (const set of [setCurrent, setNext, setConfirm]) {
        set("");
      }
      setWasSent(false);
      setIsDone(true);
      await refresh();
    });
  };
  const fault = (field: string) => failure?.fields[field];
  return (
    <Section title={words.title} text={words.text}>
      <form onSubmit={submit} noValidate className={classes["form"]}>
        <Stack gap="md">
          <FormFailure failure={failure} />
          {/* By it whatever keeps passwords knows whose this is. */}
          <input type="text" autoComplete="username" value={username} readOnly hidden />
          <PasswordField
            label={words.current}
            value={current}
            onChange={setCurrent}
            error={wasSent && current === "" ? missing.current : fault("current_password")}
          />
          <PasswordField
            isNew
            label={words.next}
            description={words.nextHint}
            value={next}
            onChange={setNext}
            error={fault("new_password")}
          />
          <PasswordField
            isNew
            label={words.confirm}
            value={confirm}
            onChange={setConfirm}
            error={wasSent && !isSame && words.confirmFault}
          />
          {isDone && <Notice tone="good">{words.done}</Notice>}
          <div>
            <Button type="submit" loading={isBusy}>
              {words.submit}
            </Button>
          </div>
        </Stack>
      </form>
    </Section>
  );
}
