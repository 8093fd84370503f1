import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { texts } from "../texts.ts";

/** After this long without a letter the search is made, in milliseconds. */
const pauseMs = 300;

interface SearchFieldProps {
  readonly value: string;
  readonly onSearch: (text: string) => void;
  readonly label?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
}

/** What is looked for, asked once whoever types it pauses. Unless told otherwise, it is a part of a name. */
export function SearchField({
  value,
  onSearch,
  label = texts.listing.search,
  placeholder = texts.listing.searchHint,
  maxLength = 256,
}: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) {
      return;
    }
    const timer = setTimeout(() => onSearch(typed), pauseMs);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={placeholder}
      maxLength={maxLength}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
