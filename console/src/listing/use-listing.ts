import { type Keyset, useKeyset } from "./use-keyset.ts";
import { useQueryParams } from "./use-query-params.ts";

const pageSize = 50;

/** What of a listing is wanted. */
interface Wanted {
  readonly keyword: string;
  readonly filters?: Readonly<Record<string, unknown>>;
}

/** What narrows and orders a listing, as the address says it, and how that is changed. */
export interface FilterProps {
  readonly params: URLSearchParams;
  readonly onChange: (name: string, value: string) => void;
}

export interface ListingState {
  readonly filterProps: FilterProps;
  readonly keyset: Keyset;
  /** Whether less than all is wanted. */
  readonly isNarrowed: boolean;
  /** Wants all again. */
  readonly clear: () => void;
}

/**
 * What a listing shows, by its address, and which page of it.
 *
 * @param wantedOf what of it the address wants
 * @param place where it is, if the address behind the path does not say so
 * @returns with the query of the page that is shown
 */
export function useListing<Query extends Wanted>(wantedOf: (params: URLSearchParams) => Query, place = "") {
  const [params, onChange, clear] = useQueryParams();
  const wanted = wantedOf(params);
  const keyset = useKeyset(JSON.stringify([place, wanted]));
  const listing: ListingState = {
    filterProps: { params, onChange },
    keyset,
    isNarrowed: wanted.keyword !== "" || Object.keys(wanted.filters ?? {}).length > 0,
    clear,
  };
  return { listing, query: { ...wanted, pagination: { pageSize, pageToken: keyset.token } } };
}
