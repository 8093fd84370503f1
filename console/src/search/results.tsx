import { Combobox, type ComboboxStore } from "@mantine/core";
import { useEffect } from "react";
import { texts } from "../texts.ts";
import classes from "./results.module.css";
import type { Results } from "./use-results.ts";

interface ResultListProps {
  readonly combobox: ComboboxStore;
  readonly groups: Results["groups"];
}

/** What was found, the first of it chosen. */
export function ResultList({ combobox, groups }: ResultListProps) {
  const { resetSelectedOption, selectFirstOption } = combobox;
  const listed = groups.flatMap(({ places }) => places.map(({ to }) => to)).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: other results have another first one.
  useEffect(() => {
    resetSelectedOption();
    selectFirstOption();
  }, [listed]);
  return (
    <Combobox.Options className={classes["results"] ?? ""} aria-label={texts.search.results}>
      {groups.map(({ name, places }) => (
        <Combobox.Group key={name} label={name}>
          {places.map((place) => (
            <Combobox.Option key={place.to} value={place.to}>
              <span className={classes["name"]}>{place.name}</span>
              {place.note !== "" && <span className={classes["note"]}>{place.note}</span>}
            </Combobox.Option>
          ))}
        </Combobox.Group>
      ))}
    </Combobox.Options>
  );
}
