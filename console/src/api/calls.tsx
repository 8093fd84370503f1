import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { createConnectTransport } from "@connectrpc/connect-web";
import { focusManager, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useIsHeld } from "../parts/hold.ts";

/** Whether asking again may help. */
const passing: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.Unknown];

interface CallsProps {
  /** What is sent with each call; undefined: the session's cookie. Two credentials in one call are refused. */
  readonly token?: string;
  /** Called when the server no longer takes the credential. */
  readonly onRefused: () => void;
  readonly children: ReactNode;
}

/** Lets what is below call rpcs, by one credential from its beginning to its end. */
export function Calls({ token, onRefused, children }: CallsProps) {
  const [queries] = useState(() => newQueries(token === undefined));
  const [transport] = useState(() => {
    const present: Interceptor = (next) => async (request) => {
      if (token !== undefined) {
        request.header.set("authorization", `Bearer ${token}`);
      }
      try {
        return await next(request);
      } catch (error) {
        if (ConnectError.from(error).code === Code.Unauthenticated) {
          onRefused();
        }
        throw error;
      }
    };
    return createConnectTransport({
      baseUrl: location.origin,
      interceptors: [present],
      ...(token === undefined ? {} : { fetch: withoutCookies }),
    });
  });
  const isHeld = useIsHeld();
  useEffect(() => {
    // As of a page that nobody looks at, nothing is asked unbidden.
    focusManager.setFocused(isHeld ? false : undefined);
    return () => focusManager.setFocused(undefined);
  }, [isHeld]);
  return (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}

/** Whoever is signed in to the console may look at a portal in the same browser. */
export const withoutCookies: typeof fetch = (input, init) => fetch(input, { ...init, credentials: "omit" });

/** @param asksUnbidden whether an answer is asked for again when somebody comes back to the page */
function newQueries(asksUnbidden: boolean): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: asksUnbidden,
        refetchOnReconnect: asksUnbidden,
        retry: (failures, error) => failures < 2 && passing.includes(ConnectError.from(error).code),
      },
    },
  });
}
