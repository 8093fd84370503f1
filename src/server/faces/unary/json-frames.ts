import type { KeyRecord, VerificationCode } from "../../../domain/verification/model.js";
import type { Kept, KeyVerdict } from "./encoded-response.js";

/** An answer without what is a key's own: its id, its name, its owner and its expiration. */
export interface JsonFrame extends Kept {
  /** Up to the id. */
  readonly before: string;
  /** From behind the owner to before the expiration. */
  readonly between: string;
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
 * The frames of answers in JSON. The keys of a project mostly share one: of a hundred thousand keys, their answers would take as
 * much memory as all the rest that is remembered of them.
 *
 * @param write the JSON of a verdict
 */
export function jsonFrames(write: (verdict: KeyVerdict) => string): (verdict: KeyVerdict) => JsonFrame {
  const frames = new Map<string, JsonFrame>();
  return (verdict) => {
    const { code, record } = verdict;
    if (record.metadata !== undefined) {
      return frameOf(verdict, write);
    }
    const name = frameName(code, record);
    let frame = frames.get(name);
    if (frame === undefined) {
      frame = frameOf(verdict, write);
      if (frames.size >= maxFrames) {
        frames.clear();
      }
      frames.set(name, frame);
    }
    return frame;
  };
}

/** The answer of a key. @param limits what stands between the brackets of its limits */
export function framed({ before, between }: JsonFrame, record: KeyRecord, limits: string): string {
  const { apiKeyPublicId, name, ownerId, expiresAtMs } = record;
  const own = `${apiKeyPublicId}","name":${JSON.stringify(name)},"ownerId":${JSON.stringify(ownerId)}`;
  const expiration = expiresAtMs === undefined ? "" : `,"expiration":"${timestampText(expiresAtMs)}"`;
  return before + own + between + expiration + beforeLimits + limits + end;
}

function frameOf(verdict: KeyVerdict, write: (verdict: KeyVerdict) => string): JsonFrame {
  const nobodys = { ...verdict.record, apiKeyPublicId: "", name: "", ownerId: "", expiresAtMs: undefined };
  const text = write({ ...verdict, record: nobodys });
  const at = text.indexOf(ownTexts);
  return {
    code: verdict.code,
    before: text.slice(0, at) + id,
    between: text.slice(at + ownTexts.length, -(beforeLimits + end).length),
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
