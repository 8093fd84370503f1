import { setTimeout as sleep } from "node:timers/promises";
import { runService, type ServiceProcess } from "../chaos/service-process.js";
import { type Rpc, rpcOf } from "./rpc.js";

/** An instance as a process of its own. */
export interface Member {
  readonly name: string;
  readonly service: ServiceProcess;
  readonly rpc: Rpc;
  suspended: boolean;
}

export const fleetRootKey = "root-key-of-the-environment-for-storms";

/** Starts the compiled service, and resolves when it answers from its memory. */
export async function startMember(name: string, env: Readonly<Record<string, string>>): Promise<Member> {
  const service = runService({ ALTALUNE_ROOT_KEY: fleetRootKey, LOG_LEVEL: "error", ...env });
  const url = await service.ready;
  while ((await fetch(`${url}/readyz`)).status !== 200) {
    await sleep(20);
  }
  return { name, service, rpc: rpcOf(url, fleetRootKey), suspended: false };
}

export async function stopMember({ service }: Member): Promise<void> {
  service.signal("SIGCONT");
  service.signal("SIGTERM");
  await service.ended;
}
