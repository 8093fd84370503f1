import type { JsonObject } from "@bufbuild/protobuf";
import type { KeyRecord, VerificationCode } from "../../../domain/verification/model.js";
import type { Kept, KeyVerdict } from "./encoded-response.js";

/** An answer without what is written from the record each time: the key's id, its name, its owner and its expiration. */
export interface JsonFrame extends Kept {
  /** Up to the id. */
  readonly before: string;
  /** From behind the owner to before the metadata. */
  readonly between: string;
  /** The JSON of the key's metadata, the only part that is not shared by other keys; undefined: it has none. */
  readonly metadata: string | undefined;
}

/** Of a record that is nobody's. */
const ownTexts = '"apiKeyId":"","name":"","ownerId":""';
const id = '"apiKeyId":"';
/** How every answer ends, but for its limits: the fields behind them are not set. */
const beforeLimits = ',"missingScopes":[],"rateLimits":[';
const end = "]}";

/** The most that are kept; a new start then costs memory only. */
const maxFrames = 10_000;

/**
 * The frames of answers in JSON. The keys of a project mostly share one, but for their metadata: of a hundred thousand keys, their
 * answers would take as much memory as all the rest that is remembered of them.
 *
 * @param json that of a verdict, before it is written
 */
export function jsonFrames(json: (verdict: KeyVerdict) => JsonObject): (verdict: KeyVerdict) => JsonFrame {
  const frames = new Map<string, JsonFrame>();
  return (verdict) => {
    const { code, record } = verdict;
    const name = frameName(code, record);
    let frame = frames.get(name);
    if (frame === undefined) {
      frame = frameOf(verdict, json);
      if (frames.size >= maxFrames) {
        frames.clear();
      }
      frames.set(name, frame);
    }
    return record.metadata === undefined ? frame : { ...frame, metadata: JSON.stringify(json(verdict)["metadata"]) };
  };
}

/** The answer of a key. @param limits what stands between the brackets of its limits */
export function framed({ before, between, metadata }: JsonFrame, record: KeyRecord, limits: string): string {
  const { apiKeyPublicId, name, ownerId, expiresAtMs } = record;
  const own = `${apiKeyPublicId}","name":${JSON.stringify(name)},"ownerId":${JSON.stringify(ownerId)}`;
  const expiration = expiresAtMs === undefined ? "" : `,"expiration":"${timestampText(expiresAtMs)}"`;
  const ownMetadata = metadata === undefined ? "" : `,"metadata":${metadata}`;
  return before + own + between + ownMetadata + expiration + beforeLimits + limits + end;
}

function frameOf(verdict: KeyVerdict, json: (verdict: KeyVerdict) => JsonObject): JsonFrame {
  const nobodys = {
    ...verdict.record,
    apiKeyPublicId: "",
    name: "",
    ownerId: "",
    metadata: undefined,
    expiresAtMs: undefined,
  };
  const text = JSON.stringify(json({ ...verdict, record: nobodys }));
  const at = text.indexOf(ownTexts);
  return {
    code: verdict.code,
    before: text.slice(0, at) + id,
    between: text.slice(at + ownTexts.length, -(beforeLimits + end).length),
    metadata: undefined,
  };
}

/** None of them holds a space. */
function frameName(code: VerificationCode, { projectPublicId, tier, scopes }: KeyRecord): string {
  return [code, projectPublicId, tier, ...scopes].join(" ");
}

/** As protobuf writes a time: with a fraction if it has one. */
function timestampText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
