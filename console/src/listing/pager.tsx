import { Button } from "@mantine/core";
import { texts } from "../texts.ts";
import classes from "./listing.module.css";
import type { Keyset } from "./use-keyset.ts";

/** The way to the page before and the next; nothing where there is but one. */
export function Pager({ keyset, nextToken }: { readonly keyset: Keyset; readonly nextToken: string }) {
  if (keyset.page === 1 && nextToken === "") {
    return null;
  }
  return (
    <nav aria-label={texts.listing.pages} className={classes["pager"]}>
      <Button variant="default" disabled={keyset.page === 1} onClick={keyset.goBack}>
        {texts.listing.previous}
      </Button>
      <span aria-live="polite">{texts.listing.page(keyset.page)}</span>
      <Button variant="default" disabled={nextToken === ""} onClick={() => keyset.goOn(nextToken)}>
        {texts.listing.next}
      </Button>
    </nav>
  );
}
