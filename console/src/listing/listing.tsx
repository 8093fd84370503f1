import type { QueryMetaResponse } from "@altalune/sdk/messages";
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { texts } from "../texts.ts";
import { Answer } from "./answer.tsx";
import classes from "./listing.module.css";
import type { Asked } from "./missing.tsx";
import { Pager } from "./pager.tsx";
import type { ListingState } from "./use-listing.ts";

interface Rows<Row> {
  readonly data: readonly Row[];
  readonly meta?: QueryMetaResponse | undefined;
}

interface ListingProps<Row> {
  readonly listing: ListingState;
  /** A page of it, or what was shown before while that is on its way. */
  readonly answer: Asked<Rows<Row>> & { readonly isPlaceholderData: boolean };
  readonly filters: ReactNode;
  /** Takes the place of the filters where there is nothing to filter; undefined: there always is. */
  readonly empty?: ReactNode;
  /** Up to how many rows are nothing to filter. */
  readonly few?: number;
  /** What it says where nothing matches. */
  readonly none?: string;
  readonly children: (rows: readonly Row[], isStale: boolean) => ReactNode;
}

/** A list that is narrowed, and walked a page at a time. What narrows it stays while it changes, and where the service refuses it. */
export function Listing<Row>(props: ListingProps<Row>) {
  const { listing, answer, filters, empty, few = 0, none = texts.listing.none, children } = props;
  const { keyset, isNarrowed, clear } = listing;
  const { data: shown, error, isPlaceholderData: isStale } = answer;
  const isWhole = !isNarrowed && keyset.page === 1 && !isStale;
  const isEmpty = empty !== undefined && isWhole && shown !== undefined && shown.data.length <= few;
  const isKnown = isNarrowed || shown !== undefined || error !== null;
  const clearing = isNarrowed && (
    <Button variant="subtle" size="compact-sm" onClick={clear}>
      {texts.listing.clear}
    </Button>
  );
  return (
    <>
      {isEmpty ? empty : isKnown && <search className={classes["filters"]}>{filters}</search>}
      <Answer to={answer}>
        {({ data, meta }) => (
          <>
            {data.length > 0 && children(data, isStale)}
            {data.length === 0 && !isEmpty && (
              <p role="status">
                {none} {clearing}
              </p>
            )}
            <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
          </>
        )}
      </Answer>
      {shown === undefined && error !== null && clearing}
    </>
  );
}
