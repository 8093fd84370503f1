import type { FirstCredentials } from "../instance.js";

/** What a worker is told to serve. */
export interface WorkerAssignment {
  readonly databaseUrl: string;
  readonly listenUrl: string;
  /** Base64. */
  readonly masterKey: string;
  /** Base64; undefined: none is being replaced. */
  readonly previousMasterKey: string | undefined;
}

export type FromSupervisor =
  | { readonly kind: "serve"; readonly assignment: WorkerAssignment }
  /** What the worker reported has been shown: it may say that it is ready. */
  | { readonly kind: "announced" }
  /** Without a text, a worker did not answer in time. */
  | { readonly kind: "metrics"; readonly id: number; readonly text: string | undefined }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "started" }
  | { readonly kind: "serving"; readonly url: string; readonly first: FirstCredentials }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "metrics"; readonly id: number };

/** The kinds of messages above, apart from those that the libraries send on the same channel. */
export function isOurs(message: unknown): message is FromSupervisor | FromWorker {
  return typeof message === "object" && message !== null && "kind" in message;
}
