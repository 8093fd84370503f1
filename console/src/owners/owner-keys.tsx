import { ApiKeyService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { KeyFilters } from "../keys/key-filters.tsx";
import { keyQueryOf } from "../keys/key-query.ts";
import { KeyTable } from "../keys/key-table.tsx";
import { Listing } from "../listing/listing.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Empty } from "../parts/empty.tsx";
import { texts } from "../texts.ts";
import classes from "./owners.module.css";

/** An owner's keys in a project: as all its keys are listed, of which the address names the owner. */
export function OwnerKeys({ projectId, ownerId }: { readonly projectId: string; readonly ownerId: string }) {
  const { listing, query } = useListing(keyQueryOf, projectId);
  const [, setParams] = useSearchParams();
  const keys = useQuery(ApiKeyService.method.queryApiKeys, { projectId, query }, { placeholderData: keepPreviousData });
  const ofOwner = {
    ...listing,
    isNarrowed: query.keyword !== "" || query.filters.status !== undefined,
    clear: () => setParams({ owner: ownerId }, { replace: true }),
  };
  return (
    <section className={classes["section"]}>
      <h2>{texts.keys.title}</h2>
      <Listing
        listing={ofOwner}
        answer={keys}
        filters={<KeyFilters {...listing.filterProps} isOfOwner />}
        empty={<Empty {...texts.owners.none} />}
      >
        {(data, isStale) => <KeyTable keys={data} isStale={isStale} isOfOwner />}
      </Listing>
    </section>
  );
}
