import { Button } from "@mantine/core";
import { useState } from "react";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { Answer } from "../listing/answer.tsx";
import { Badge } from "../parts/badge.tsx";
import { Notice } from "../parts/notice.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { useSession } from "../session/session.tsx";
import { texts } from "../texts.ts";
import { IsoMoment, isoMomentText } from "./iso-moment.tsx";
import type { OwnSession } from "./own.ts";
import { programText } from "./program-text.ts";
import { Section } from "./section.tsx";
import { useAsk, useOwn, useRefresh } from "./use-account.ts";

const { sessions: words } = texts.account;
const { columns: names } = words;

/** Where the user is signed in. */
export function Sessions() {
  const ask = useAsk();
  const refresh = useRefresh();
  const sessions = useOwn<{ readonly sessions: readonly OwnSession[] }>("sessions");
  const { isBusy, failure, send } = useSending();
  const [outcome, setOutcome] = useState<string>();

  const end = (route: string, done: string) => {
    setOutcome(undefined);
    void send(async () => {
      await ask("DELETE", route);
      setOutcome(done);
      await refresh();
    });
  };
  const endOf = ({ id, user_agent, created_at }: OwnSession) => (
    <Button
      variant="default"
      size="compact-sm"
      aria-label={words.endOf(programText(user_agent), isoMomentText(created_at))}
      onClick={() => end(`sessions/${id}`, words.ended)}
    >
      {words.end}
    </Button>
  );
  const columns: readonly Column<OwnSession>[] = [
    { name: names.where, cell: (session) => <Program session={session} /> },
    { name: names.address, cell: ({ source_ip }) => source_ip },
    { name: names.begun, cell: ({ created_at }) => <IsoMoment at={created_at} /> },
    { name: names.used, cell: ({ last_used_at }) => <IsoMoment at={last_used_at} /> },
    { name: names.action, cell: (session) => (session.current ? <SignOut /> : endOf(session)) },
  ];
  return (
    <Section title={words.title} text={words.text}>
      <FormFailure failure={failure} />
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <Answer to={sessions}>
        {({ sessions: all }) => (
          <>
            <Table name={words.title} columns={columns} rows={all} keyOf={({ id }) => id} />
            {all.length > 1 ? (
              <div>
                <Button
                  variant="default"
                  className="danger"
                  loading={isBusy}
                  onClick={() => end("sessions", words.othersEnded)}
                >
                  {words.endOthers}
                </Button>
              </div>
            ) : (
              <p>{words.alone}</p>
            )}
          </>
        )}
      </Answer>
    </Section>
  );
}

/** The end of the session that asks. */
function SignOut() {
  const { signOut } = useSession();
  const { isBusy, failure, send } = useSending();
  return (
    <>
      <Button variant="default" size="compact-sm" loading={isBusy} onClick={() => void send(signOut)}>
        {words.signOut}
      </Button>
      <FormFailure failure={failure} />
    </>
  );
}

function Program({ session: { user_agent, kind, current } }: { readonly session: OwnSession }) {
  return (
    <>
      <span title={user_agent}>{programText(user_agent)}</span>{" "}
      {kind === "tokens" && <Badge tone="idle">{words.tokens}</Badge>}
      {current && <Badge tone="good">{words.current}</Badge>}
    </>
  );
}
