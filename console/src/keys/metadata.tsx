import type { JsonObject } from "@bufbuild/protobuf";
import classes from "./metadata.module.css";

/** What was stored with a key. */
export function Metadata({ metadata }: { readonly metadata: JsonObject }) {
  return <pre className={classes["metadata"]}>{JSON.stringify(metadata, null, 2)}</pre>;
}
