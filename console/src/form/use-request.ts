import { useMemo } from "react";

export interface FormRequest {
  /** Names what is asked for. */
  readonly id: string;
  /** What "now" is to it, in milliseconds. */
  readonly madeAt: number;
}

/** What a form asks for: the same as long as its fields say the same, so that whoever sends it again when no answer came has it done once. */
export function useRequest(...fields: readonly unknown[]): FormRequest {
  const text = JSON.stringify(fields);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text is another request.
  return useMemo(() => ({ id: crypto.randomUUID(), madeAt: Date.now() }), [text]);
}
