import { globSync } from "node:fs";
import type { DescField, DescMethod, DescService } from "@bufbuild/protobuf";
import { routes } from "../src/app/routes.js";
import type { DomainError } from "../src/domain/domain-error.js";
import { boundsOfBatches, boundsOfOthers, type MessageBounds } from "../src/server/call/message-bounds.js";
import { type RpcRule, rpcRule } from "../src/server/call/rpc-table.js";
import { fieldsOfClients } from "../src/server/call/text-guard.js";
import { type Route, routesOf } from "../src/server/faces/routes.js";
import { maxCallMs } from "../src/server/http/limits.js";

/** What the product says of its rpcs beyond their protos. */
export interface Product {
  rpcRule(method: DescMethod): RpcRule | undefined;
  /** Whether the rpc has a handler; one without answers `unimplemented`. */
  isBuilt(method: DescMethod): boolean;
  /** Every denial that a domain has a name for. */
  readonly denials: readonly Denial[];
  readonly bounds: Bounds;
  /** Whether a field is what the client of a guarded API sent, which is taken whatever is in it. */
  isOfClient(field: DescField): boolean;
  /** The routes of an rpc over REST. */
  routesOf(method: DescMethod): readonly Route[];
}

/** The most that a call may take. */
export interface Bounds {
  readonly single: MessageBounds;
  readonly batch: MessageBounds;
  readonly callMs: number;
}

export interface Denial {
  readonly reason: string;
  readonly code: string;
  readonly sentence: string;
  /** Keys of the error's metadata. */
  readonly facts: readonly string[];
}

export async function readProduct(): Promise<Product> {
  const ofClients = new Set([...fieldsOfClients].map((field) => fullName(field as DescField)));
  const built = builtRpcs();
  return {
    rpcRule,
    isBuilt: (method) => built.has(`${method.parent.typeName}/${method.localName}`),
    denials: await readDenials(),
    routesOf,
    isOfClient: (field) => ofClients.has(fullName(field)),
    bounds: { single: boundsOfOthers, batch: boundsOfBatches, callMs: maxCallMs },
  };
}

function fullName({ parent, name }: DescField): string {
  return `${parent.typeName}.${name}`;
}

/** Mounts the routes on services that are not there: which handlers exist shows without calling any. */
function builtRpcs(): ReadonlySet<string> {
  const built = new Set<string>();
  const router = {
    service(service: DescService, implementation: object) {
      for (const name of Object.keys(implementation)) {
        built.add(`${service.typeName}/${name}`);
      }
      return router;
    },
  };
  routes({} as Parameters<typeof routes>[0])(router as unknown as Parameters<ReturnType<typeof routes>>[0]);
  return built;
}

/** What an error's constructor is given stands for itself in its sentence. */
const placeholder = "…";

async function readDenials(): Promise<readonly Denial[]> {
  const denials: Denial[] = [];
  // By the source's files: what is gone there may still lie among the compiled ones.
  for (const file of globSync("domain/*/errors.ts", { cwd: "src" }).sort()) {
    const module = `../src/${file.replace(/ts$/, "js")}`;
    const classes: Record<string, new (...facts: string[]) => DomainError> = await import(module);
    for (const type of Object.values(classes)) {
      const { reason, kind, message, facts } = new type(placeholder, placeholder, placeholder);
      denials.push({ reason, code: kind, sentence: message, facts: Object.keys(facts) });
    }
  }
  return denials.sort((a, b) => compare(a.reason, b.reason) || compare(a.sentence, b.sentence));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
