import { Button } from "@mantine/core";
import { useState } from "react";
import { Answer } from "../listing/answer.tsx";
import { Notice } from "../parts/notice.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import classes from "./account.module.css";
import { AddPasskeyDialog } from "./add-passkey-dialog.tsx";
import { AgainDialog } from "./again-dialog.tsx";
import { IsoMoment } from "./iso-moment.tsx";
import type { OwnPasskey } from "./own.ts";
import { useAsk, useOwn, useRefresh } from "./use-account.ts";

const { passkeys: words } = texts.account;
const { columns: names } = words;

/** The user's passkeys. */
export function PasskeysPart() {
  const ask = useAsk();
  const refresh = useRefresh();
  const passkeys = useOwn<{ readonly passkeys: readonly OwnPasskey[] }>("passkeys");
  const [asked, setAsked] = useState<"add" | OwnPasskey>();
  const [outcome, setOutcome] = useState<string>();
  const close = () => setAsked(undefined);
  const open = (what: "add" | OwnPasskey) => {
    setOutcome(undefined);
    setAsked(what);
  };
  const done = (sentence: string) => {
    setOutcome(sentence);
    close();
    void refresh();
  };
  const columns: readonly Column<OwnPasskey>[] = [
    { name: names.name, cell: ({ name }) => name },
    { name: names.added, cell: ({ created_at }) => <IsoMoment at={created_at} /> },
    { name: names.used, cell: ({ last_used_at }) => <IsoMoment at={last_used_at} /> },
    {
      name: names.action,
      cell: (passkey) => (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={words.removeOf(passkey.name)}
          onClick={() => open(passkey)}
        >
          {words.remove}
        </Button>
      ),
    },
  ];
  return (
    <div className={classes["factor"]}>
      <h3>{words.title}</h3>
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <Answer to={passkeys}>
        {({ passkeys: all }) =>
          all.length === 0 ? (
            <p className={classes["text"]}>{words.empty}</p>
          ) : (
            <div className={classes["wide"]}>
              <Table name={words.title} columns={columns} rows={all} keyOf={({ id }) => id} />
            </div>
          )
        }
      </Answer>
      <Button variant="default" onClick={() => open("add")}>
        {words.add}
      </Button>
      {asked === "add" && <AddPasskeyDialog onDone={(name) => done(words.added(name))} onClose={close} />}
      {typeof asked === "object" && (
        <AgainDialog
          title={words.removeOf(asked.name)}
          text={words.removeText}
          submit={words.remove}
          isFinal
          work={async (password) => {
            await ask("DELETE", `passkeys/${asked.id}`, { password });
            done(words.removed(asked.name));
          }}
          onClose={close}
        />
      )}
    </div>
  );
}
