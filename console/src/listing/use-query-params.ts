import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** What a listing shows, kept in the address, so that whoever comes back finds it as it was. An empty value is left out. */
export function useQueryParams(): [
  params: URLSearchParams,
  set: (name: string, value: string) => void,
  clear: () => void,
] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (name: string, value: string) => {
      setParams(
        () => {
          // What is drawn may be older than what was set a moment ago.
          const after = new URLSearchParams(location.search);
          if (value === "") {
            after.delete(name);
          } else {
            after.set(name, value);
          }
          return after;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  const clear = useCallback(() => setParams(new URLSearchParams(), { replace: true }), [setParams]);
  return [params, set, clear];
}
