import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { texts } from "../texts.ts";

const { headFaults } = texts.trail.check;
const hashBytes = 32;

/** The end of a trail, as it is exported. */
export interface Head {
  /** Empty: the instance's own trail. */
  readonly projectId: string;
  readonly headSequence: bigint;
  readonly headHash: Uint8Array;
}

/** A file for a head, in the names that the rpc has in JSON. */
export function headText({ projectId, headSequence, headHash }: Head): string {
  return JSON.stringify({ projectId, headSequence: `${headSequence}`, headHash: base64Encode(headHash) }, null, 2);
}

/** The hash of a head that was exported: of the whole text, of an answer of the rpc, or the hash alone. */
export function expectedHeadOf(
  text: string,
  projectId: string,
): { readonly hash: Uint8Array } | { readonly fault: string } {
  const { projectId: owner = projectId, headHash = text } = membersOf(text);
  if (owner !== projectId) {
    return { fault: headFaults.other };
  }
  const hash = bytesOf(headHash);
  return hash?.length === hashBytes ? { hash } : { fault: headFaults.unreadable };
}

function membersOf(text: string): { readonly projectId?: unknown; readonly headHash?: unknown } {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json : {};
  } catch {
    return {};
  }
}

function bytesOf(base64: unknown): Uint8Array | undefined {
  try {
    return typeof base64 === "string" ? base64Decode(base64.trim()) : undefined;
  } catch {
    return undefined;
  }
}
