import { Combobox, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate } from "react-router";
import { Dialog } from "../parts/dialog.tsx";
import { texts } from "../texts.ts";
import { ResultList } from "./results.tsx";
import classes from "./search-dialog.module.css";
import { useResults } from "./use-results.ts";

/** After this long without a letter the search is made, in milliseconds. */
const pauseMs = 200;
const words = texts.search;

/** Finds projects, keys and pages, and leads to one. The arrow keys choose, Enter goes there. */
export default function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const text = typed.trim();
  const [settled] = useDebouncedValue(text, pauseMs);
  const { groups, note, isBusy } = useResults(text, settled);
  const combobox = useCombobox({ opened: true, onDropdownClose: onClose });
  const goTo = (to: string) => {
    onClose();
    void navigate(to);
  };
  return (
    <Dialog title={words.title} onClose={onClose} isAtTop>
      <Combobox store={combobox} onOptionSubmit={goTo} withinPortal={false}>
        <Combobox.EventsTarget withExpandedAttribute>
          <TextInput
            data-autofocus
            type="search"
            aria-label={words.field}
            description={words.hint}
            placeholder={words.placeholder}
            maxLength={256}
            autoCapitalize="none"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </Combobox.EventsTarget>
        {groups.length > 0 && <ResultList combobox={combobox} groups={groups} />}
        <p role="status" className={classes["status"]}>
          {isBusy ? texts.loading : groups.length === 0 ? `${texts.listing.none} ${note}` : note}
        </p>
      </Combobox>
    </Dialog>
  );
}
