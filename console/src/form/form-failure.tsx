import { useLayoutEffect, useRef, useState } from "react";
import type { Failure } from "../api/failure.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";

/**
 * Why a form was not taken, above its fields. The first field that is at fault has the focus then, or else this: what is told of fields that
 * the form does not have is said here.
 */
export function FormFailure({ failure }: { readonly failure: Failure | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const [ofNoField, setOfNoField] = useState<Failure>();
  useLayoutEffect(() => {
    if (failure !== undefined) {
      const field = place.current?.closest("form")?.querySelector<HTMLElement>('[aria-invalid="true"]');
      setOfNoField(field ? undefined : failure);
      (field ?? place.current)?.focus();
    }
  }, [failure]);
  return failure === undefined ? null : (
    <div ref={place} tabIndex={-1}>
      <Notice tone="bad">{failure === ofNoField ? withFields(failure) : failure.sentence}</Notice>
    </div>
  );
}

function withFields({ sentence, fields }: Failure): string {
  // Of a list, and of what is in it, the same is told.
  const rules = Object.entries(fields).filter(([field]) => !field.includes("["));
  return sentence === texts.form.notSent && rules.length > 0
    ? rules.map(([field, rule]) => `${field}: ${rule}`).join(" ")
    : sentence;
}
