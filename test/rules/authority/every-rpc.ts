import { readdir } from "node:fs/promises";
import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { rpcRule } from "../../../src/server/call/rpc-table.js";

const folder = new URL("../../../gen/altalune/v1/", import.meta.url);

/** The services of the contract, as generated: a new file in the folder is found by itself. */
export const everyService: readonly DescService[] = await findServices();

/** Their rpcs. */
export const everyRpc: readonly DescMethodUnary[] = everyService
  .flatMap(({ methods }) => methods)
  .filter((method): method is DescMethodUnary => method.methodKind === "unary");

/** Those of whoever runs Altalune. */
export const operatorRpcs = everyRpc.filter((method) => rpcRule(method)?.scope !== undefined);

/** Those of owners of keys. */
export const ownerRpcs = everyRpc.filter((method) => rpcRule(method)?.permission !== undefined);

/** `ProjectService/GetProject` */
export function nameOf(method: DescMethodUnary): string {
  return `${method.parent.name}/${method.name}`;
}

async function findServices(): Promise<DescService[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith("_pb.ts"));
  const modules = await Promise.all(files.sort().map((name) => import(new URL(name, folder).href)));
  return modules.flatMap((module) => Object.values(module)).filter(isService);
}

function isService(value: unknown): value is DescService {
  return (value as { readonly kind?: unknown } | null)?.kind === "service";
}
