import { TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { texts } from "../texts.ts";
import { useHeldBack } from "./use-held-back.ts";
import type { FilterProps } from "./use-listing.ts";

/** After this long without a letter the search is made, in milliseconds. */
const pauseMs = 300;

interface SearchFieldProps extends FilterProps {
  /** What it is called in the address. */
  readonly name: string;
  /** Whether it may be an id of somebody else's system. */
  readonly isForeignId?: boolean;
  readonly label?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
}

/**
 * What is looked for, asked once whoever types it pauses. Unless told otherwise, it is a part of a name. The value of a key stays
 * here: addresses are remembered, by the browser and by what stands before the server.
 */
export function SearchField({
  params,
  onChange,
  name,
  isForeignId = false,
  label = texts.listing.search,
  placeholder = texts.listing.searchHint,
  maxLength = 256,
}: SearchFieldProps) {
  const value = params.get(name) ?? "";
  const [typed, setTyped] = useState(value);
  const isHeldBack = useHeldBack(typed, isForeignId);
  // What the address is about to say. By the time that it does, more may have been typed.
  const coming = useRef<readonly string[]>([]);
  useEffect(() => {
    const at = coming.current.indexOf(value);
    coming.current = at < 0 ? [] : coming.current.slice(at + 1);
    if (at < 0) {
      setTyped(value);
    }
  }, [value]);
  useEffect(() => {
    if (isHeldBack || typed === (coming.current.at(-1) ?? value)) {
      return;
    }
    const timer = setTimeout(() => {
      coming.current = [...coming.current, typed];
      onChange(name, typed);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [typed, value, isHeldBack, name, onChange]);
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={placeholder}
      maxLength={maxLength}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      error={isHeldBack && texts.listing.likeValue}
    />
  );
}
