import type { DescMessage, JsonObject } from "@bufbuild/protobuf";
import { binaryBodies } from "./extreme-binary.js";
import { compressedBodies } from "./extreme-compression.js";
import { jsonBodies } from "./extreme-json.js";

/** A valid request, for an extreme one to be made of. */
export interface Valid {
  readonly input: DescMessage;
  readonly request: JsonObject;
}

/** A body and what its headers say of it. */
export interface Body {
  readonly bytes: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** By name, bodies at the edges of what a body can be. */
export type Bodies = Readonly<Record<string, (valid: Valid) => Body>>;

export const extremeBodies: Bodies = { ...jsonBodies, ...binaryBodies, ...compressedBodies };
