import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { type ReactNode, useMemo } from "react";
import { useSession } from "../session/session.tsx";
import { Calls } from "./calls.tsx";

/** Lets what is below call rpcs with the session's cookie. What was answered is forgotten when this goes, as it does with the session. */
export function Api({ children }: { readonly children: ReactNode }) {
  const { hasEnded } = useSession();
  return <Calls onRefused={hasEnded}>{children}</Calls>;
}

/** Calls that change something. Their answers are kept nowhere, since some hold a secret. */
export function useClient<Service extends DescService>(service: Service): Client<Service> {
  const transport = useTransport();
  return useMemo(() => createClient(service, transport), [service, transport]);
}
