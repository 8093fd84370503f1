import { type ExchangePortalCodeResponse, PortalPermission } from "@altalune/sdk/messages";
import { useSyncExternalStore } from "react";
import { Calls } from "../api/calls.tsx";
import { FailureWordsContext } from "../api/failure.ts";
import { FullPageNote } from "../parts/full-page-note.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { texts } from "../texts.ts";
import { Banner } from "./banner.tsx";
import { EndNote } from "./end-note.tsx";
import type { Opening } from "./opening.ts";
import { OwnKeys } from "./own-keys.tsx";
import { OwnUsage } from "./own-usage.tsx";
import classes from "./portal.module.css";

const words = texts.portal;

/** What an owner sees: their keys, and what may be done with them. */
export function Portal({ opening }: { readonly opening: Opening }) {
  const state = useSyncExternalStore(opening.subscribe, opening.state);
  switch (state.kind) {
    case "asking":
      return <Waiting />;
    case "no-code":
      return <EndNote sentence={words.noCode} />;
    case "bad-code":
      return <EndNote sentence={words.badCode} />;
    case "ended":
      return <EndNote sentence={words.ended} />;
    case "failed":
      return <FullPageNote sentence={state.sentence} action={texts.tryAgain} onAction={opening.ask} />;
    case "open":
      return <Opened key={state.session.token} session={state.session} onEnd={opening.hasEnded} />;
  }
}

interface OpenedProps {
  readonly session: ExchangePortalCodeResponse;
  readonly onEnd: (session: ExchangePortalCodeResponse) => void;
}

function Opened({ session, onEnd }: OpenedProps) {
  const name = session.branding?.name ?? "";
  const may = new Set(session.permissions);
  return (
    <FailureWordsContext value={words.failures}>
      <Calls token={session.token} onRefused={() => onEnd(session)}>
        <title>{words.title(name)}</title>
        <Banner branding={session.branding} returnUrl={session.returnUrl} />
        <main className={classes["main"]}>
          {(may.has(PortalPermission.READ) || may.has(PortalPermission.CREATE)) && (
            <OwnKeys session={session} may={may} />
          )}
          {may.has(PortalPermission.USAGE) && <OwnUsage mayRead={may.has(PortalPermission.READ)} />}
        </main>
      </Calls>
    </FailureWordsContext>
  );
}
