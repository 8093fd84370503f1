import { Button } from "@mantine/core";
import { use } from "react";
import { FailureWordsContext, sentenceOfRead } from "../api/failure.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./listing.module.css";

/** What was asked of the service. */
export interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  refetch(): unknown;
}

/** Why an answer does not come, or not as it is now, and another try; nothing where it has come. */
export function Missing({ of: { error, refetch } }: { readonly of: Pick<Asked<unknown>, "error" | "refetch"> }) {
  const words = use(FailureWordsContext);
  return error === null ? null : (
    <div className={classes["missing"]}>
      <Notice tone="bad">{sentenceOfRead(error, words)}</Notice>
      <Button variant="default" onClick={() => refetch()}>
        {texts.tryAgain}
      </Button>
    </div>
  );
}
