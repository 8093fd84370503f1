import { TierService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { useCallback } from "react";
import { Link } from "react-router";
import { Answer } from "../listing/answer.tsx";
import classes from "../listing/listing.module.css";
import { Pager } from "../listing/pager.tsx";
import { SearchField } from "../listing/search-field.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import { useQueryParams } from "../listing/use-query-params.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { TierTable } from "./tier-table.tsx";
import { useMayChangeTiers } from "./use-may-change-tiers.ts";

const pageSize = 50;

/** The tiers that there are. */
export default function TiersPage() {
  const mayChange = useMayChangeTiers();
  const create = mayChange && (
    <Button component={Link} to="/tiers/new">
      {texts.tiers.create}
    </Button>
  );
  return (
    <Page title={texts.tiers.title} actions={create || undefined}>
      <Outcome />
      <Tiers mayChange={mayChange} />
    </Page>
  );
}

function Tiers({ mayChange }: { readonly mayChange: boolean }) {
  const [params, setParam] = useQueryParams();
  const keyword = params.get("keyword") ?? "";
  const keyset = useKeyset(keyword);
  const search = useCallback((typed: string) => setParam("keyword", typed), [setParam]);
  const tiers = useQuery(
    TierService.method.queryTiers,
    { query: { pagination: { pageSize, pageToken: keyset.token }, keyword, sorting: { field: "name" } } },
    { placeholderData: keepPreviousData },
  );
  const { empty } = texts.tiers;
  return (
    <Answer to={tiers}>
      {({ data, meta }) => {
        if (data.length === 0 && keyword === "" && keyset.page === 1 && !tiers.isPlaceholderData) {
          return <Empty title={empty.title} text={mayChange ? empty.text : empty.viewer} />;
        }
        return (
          <>
            <search className={classes["filters"]}>
              <SearchField value={keyword} onSearch={search} />
            </search>
            {data.length === 0 ? (
              <p role="status">{texts.listing.none}</p>
            ) : (
              <TierTable tiers={data} mayChange={mayChange} isStale={tiers.isPlaceholderData} />
            )}
            <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
          </>
        );
      }}
    </Answer>
  );
}
