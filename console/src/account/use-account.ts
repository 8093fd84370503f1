import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { AuthRefusal, askAuth } from "../session/auth.ts";
import { useSession } from "../session/session.tsx";

const queryKey = "account";

/** Calls routes of the user's own account. Whose session is over by now signs in again. */
export function useAsk(): typeof askAuth {
  const { hasEnded } = useSession();
  return useCallback(
    async (method, route, body) => {
      try {
        return await askAuth(method, route, body);
      } catch (error) {
        if (error instanceof AuthRefusal && error.reason === "SESSION_INVALID") {
          hasEnded();
        }
        throw error;
      }
    },
    [hasEnded],
  );
}

/** What a route of the account answers. None of these holds a secret. */
export function useOwn<Data>(route: string) {
  const ask = useAsk();
  return useQuery({ queryKey: [queryKey, route], queryFn: () => ask<Data>("GET", route), retry: false });
}

/** Has all of it asked for again. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: [queryKey] }), [queries]);
}
