import { useEffect, useRef } from "react";
import type { Failure } from "../api/failure.ts";
import { Notice } from "../parts/notice.tsx";

/** Why a form was not taken, above its fields. The first field that is at fault has the focus then, or else this. */
export function FormFailure({ failure }: { readonly failure: Failure | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failure !== undefined) {
      const field = place.current?.closest("form")?.querySelector<HTMLElement>('[aria-invalid="true"]');
      (field ?? place.current)?.focus();
    }
  }, [failure]);
  return failure === undefined ? null : (
    <div ref={place} tabIndex={-1}>
      <Notice tone="bad">{failure.sentence}</Notice>
    </div>
  );
}
