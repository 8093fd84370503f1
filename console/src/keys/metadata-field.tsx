import type { JsonObject } from "@bufbuild/protobuf";
import { Textarea } from "@mantine/core";
import { texts } from "../texts.ts";
import classes from "./metadata-field.module.css";

interface MetadataFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** What the service says of it. */
  readonly error: string | undefined;
  /** Whether what is no object is said to be none: not while it is typed. */
  readonly isChecked: boolean;
}

const { new: words } = texts.keys;

/** What is to be stored with a key, as JSON. */
export function MetadataField({ value, onChange, error, isChecked }: MetadataFieldProps) {
  return (
    <Textarea
      label={`${words.metadata} (${texts.form.optional})`}
      description={words.metadataHint}
      rows={4}
      autoCapitalize="none"
      spellCheck={false}
      classNames={{ input: classes["text"] ?? "" }}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={isChecked && metadataOf(value) === undefined ? words.metadataFault : error}
    />
  );
}

/** As a request has it: nothing of what was left empty. @returns undefined: it is no JSON object */
export function metadataOf(text: string): { readonly metadata?: JsonObject } | undefined {
  if (text.trim() === "") {
    return {};
  }
  try {
    const metadata: unknown = JSON.parse(text);
    return isObject(metadata) ? { metadata } : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
