import { Code } from "@mantine/core";
import { texts } from "../texts.ts";
import classes from "./scopes.module.css";

/** What a key may do, or what it lacks. */
export function Scopes({ scopes }: { readonly scopes: readonly string[] }) {
  if (scopes.length === 0) {
    return texts.keys.key.noScopes;
  }
  return (
    <ul className={classes["scopes"]}>
      {scopes.map((scope) => (
        <li key={scope}>
          <Code>{scope}</Code>
        </li>
      ))}
    </ul>
  );
}
