import { useLayoutEffect, useRef, useState } from "react";
import type { Failure } from "../api/failure.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";

/**
 * Why a form was not taken, above its fields. The first field that is at fault has the focus then, or else this, which says what is told of
 * fields that the form does not have.
 */
export function FormFailure({ failure }: { readonly failure: Failure | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const [sentence, setSentence] = useState("");
  useLayoutEffect(() => {
    if (failure !== undefined) {
      const form = place.current?.closest("form");
      const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
      setSentence((!field && unsaid(failure, form?.textContent ?? "")) || failure.sentence);
      (field ?? place.current)?.focus();
    }
  }, [failure]);
  return failure === undefined ? null : (
    <div ref={place} tabIndex={-1}>
      <Notice tone="bad">{sentence}</Notice>
    </div>
  );
}

/** What fields must be, of which none shows it. Empty: the form says it all. */
function unsaid({ sentence, fields }: Failure, shown: string): string {
  if (sentence !== texts.form.notSent) {
    return "";
  }
  // Of a list, and of what is in it, the same is told.
  const rules = Object.entries(fields).filter(([field, rule]) => !field.includes("[") && !shown.includes(rule));
  return rules.map(([field, rule]) => `${field}: ${rule}`).join(" ");
}
