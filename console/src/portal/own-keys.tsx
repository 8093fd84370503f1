import {
  type ApiKey,
  type ExchangePortalCodeResponse,
  MyApiKeyService,
  PortalPermission,
  SortOrder,
} from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Answer } from "../listing/answer.tsx";
import { Pager } from "../listing/pager.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import { Empty } from "../parts/empty.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import { type KeyAction, OwnKeyTable } from "./own-key-table.tsx";
import classes from "./portal.module.css";
import { RenameDialog } from "./rename-dialog.tsx";
import { RevokeOwnDialog } from "./revoke-own-dialog.tsx";

interface OwnKeysProps {
  readonly session: ExchangePortalCodeResponse;
  readonly may: ReadonlySet<PortalPermission>;
}

const words = texts.portal;
// What shows values, and asks for scopes, is loaded once it is wanted.
const NewKeyDialog = lazy(() => import("./new-key-dialog.tsx"));
const ClaimOwnDialog = lazy(() => import("./claim-own-dialog.tsx"));
const RotateOwnDialog = lazy(() => import("./rotate-own-dialog.tsx"));

/** The owner's keys, and what the session lets be done with them. */
export function OwnKeys({ session, may }: OwnKeysProps) {
  const queries = useQueryClient();
  const [isMaking, setIsMaking] = useState(false);
  const [asked, setAsked] = useState<{ readonly action: KeyAction; readonly apiKey: ApiKey }>();
  const [outcome, setOutcome] = useState<string>();
  const close = () => {
    setIsMaking(false);
    setAsked(undefined);
  };
  const done = (sentence: string) => {
    close();
    setOutcome(sentence);
    void queries.invalidateQueries();
  };
  const dialog = { onDone: done, onClose: close };
  return (
    <section>
      <div className={classes["head"]}>
        <h1 tabIndex={-1} className={classes["heading"]}>
          {words.heading}
        </h1>
        {may.has(PortalPermission.CREATE) && <Button onClick={() => setIsMaking(true)}>{texts.keys.create}</Button>}
      </div>
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      {may.has(PortalPermission.READ) && <List may={may} onAsk={(action, apiKey) => setAsked({ action, apiKey })} />}
      <Suspense>
        {isMaking && <NewKeyDialog session={session} {...dialog} />}
        {asked?.action === "claim" && <ClaimOwnDialog apiKey={asked.apiKey} {...dialog} />}
        {asked?.action === "rotate" && <RotateOwnDialog session={session} apiKey={asked.apiKey} {...dialog} />}
      </Suspense>
      {asked?.action === "rename" && <RenameDialog apiKey={asked.apiKey} {...dialog} />}
      {asked?.action === "revoke" && <RevokeOwnDialog apiKey={asked.apiKey} {...dialog} />}
    </section>
  );
}

const pageSize = 50;

interface ListProps {
  readonly may: ReadonlySet<PortalPermission>;
  readonly onAsk: (action: KeyAction, apiKey: ApiKey) => void;
}

function List({ may, onAsk }: ListProps) {
  const keyset = useKeyset("");
  const sorting = { field: "created_at", order: SortOrder.DESC };
  const keys = useQuery(
    MyApiKeyService.method.queryMyApiKeys,
    { query: { sorting, pagination: { pageSize, pageToken: keyset.token } } },
    { placeholderData: keepPreviousData },
  );
  const { empty } = words;
  return (
    <Answer to={keys}>
      {({ data, meta }) =>
        data.length === 0 && keyset.page === 1 && !keys.isPlaceholderData ? (
          <Empty title={empty.title} text={may.has(PortalPermission.CREATE) ? empty.text : empty.reader} />
        ) : (
          <>
            <OwnKeyTable keys={data} may={may} isStale={keys.isPlaceholderData} onAsk={onAsk} />
            <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
          </>
        )
      }
    </Answer>
  );
}
