import type { DescService } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { TransportProvider, useTransport } from "@connectrpc/connect-query";
import { createConnectTransport } from "@connectrpc/connect-web";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useSession } from "../session/session.tsx";

/** Whether asking again may help. */
const passing: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.Unknown];

/** Lets what is below call rpcs with the session's cookie. What was answered is forgotten when this goes, as it does with the session. */
export function Api({ children }: { readonly children: ReactNode }) {
  const { hasEnded } = useSession();
  const [queries] = useState(newQueries);
  const [transport] = useState(() => {
    const noticeEnd: Interceptor = (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        if (ConnectError.from(error).code === Code.Unauthenticated) {
          hasEnded();
        }
        throw error;
      }
    };
    return createConnectTransport({ baseUrl: location.origin, interceptors: [noticeEnd] });
  });
  return (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}

function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && passing.includes(ConnectError.from(error).code),
      },
    },
  });
}

/** Calls that change something. Their answers are kept nowhere, since some hold a secret. */
export function useClient<Service extends DescService>(service: Service): Client<Service> {
  const transport = useTransport();
  return useMemo(() => createClient(service, transport), [service, transport]);
}
