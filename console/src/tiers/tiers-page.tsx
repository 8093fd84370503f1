import { TierService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link } from "react-router";
import { Listing } from "../listing/listing.tsx";
import { SearchField } from "../listing/search-field.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { TierTable } from "./tier-table.tsx";
import { useMayChangeTiers } from "./use-may-change-tiers.ts";

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

const wantedOf = (params: URLSearchParams) => ({
  keyword: params.get("keyword") ?? "",
  sorting: { field: "name" },
});

function Tiers({ mayChange }: { readonly mayChange: boolean }) {
  const { listing, query } = useListing(wantedOf);
  const tiers = useQuery(TierService.method.queryTiers, { query }, { placeholderData: keepPreviousData });
  const { empty } = texts.tiers;
  return (
    <Listing
      listing={listing}
      answer={tiers}
      filters={<SearchField {...listing.filterProps} name="keyword" />}
      empty={<Empty title={empty.title} text={mayChange ? empty.text : empty.viewer} />}
    >
      {(data, isStale) => <TierTable tiers={data} mayChange={mayChange} isStale={isStale} />}
    </Listing>
  );
}
