import { create, type JsonObject } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type AuditEvent as AuditEventMessage,
  AuditEventSchema,
  type VerifyAuditTrailRequest,
  type VerifyAuditTrailResponse,
  VerifyAuditTrailResponseSchema,
} from "../../../gen/altalune/v1/audit_pb.js";
import { InvalidFieldError } from "../domain-error.js";
import type { AuditEvent, TrailPart, TrailReport } from "./model.js";

/**
 * An event as it stands in the database. What somebody made of it there, and a message cannot hold, is left out: the
 * listing goes on, and VerifyAuditTrail tells the place.
 */
export function auditEventToProto(event: AuditEvent, projectPublicId: string): AuditEventMessage {
  return create(AuditEventSchema, {
    sequence: event.sequence,
    projectId: projectPublicId,
    actor: event.actor,
    action: event.action,
    resourceId: event.resourceId,
    occurredAt: timestampOf(event.occurredAt),
    requestId: event.requestId,
    sourceIp: event.sourceIp,
    detail: structOf(event.detail),
    hash: event.hash,
  });
}

/** @throws InvalidFieldError when the part ends before it begins; a rule in the proto could not name the field */
export function trailPartFromProto({ fromSequence, toSequence }: VerifyAuditTrailRequest): TrailPart {
  if (toSequence !== 0n && toSequence < fromSequence) {
    throw new InvalidFieldError("to_sequence", "must not be less than from_sequence");
  }
  return { fromSequence, toSequence };
}

export function trailReportToProto(report: TrailReport): VerifyAuditTrailResponse {
  return create(VerifyAuditTrailResponseSchema, {
    intact: report.intact,
    eventsChecked: report.eventsChecked,
    firstBrokenSequence: report.firstBrokenSequence,
    headSequence: report.head.sequence,
    headHash: report.head.hash,
    lastSequence: report.lastSequence,
  });
}

/** The span of google.protobuf.Timestamp, in milliseconds since 1970. */
const firstTimestamp = Date.parse("0001-01-01T00:00:00Z");
const lastTimestamp = Date.parse("9999-12-31T23:59:59.999Z");

function timestampOf(date: Date): Timestamp | undefined {
  const time = date.getTime();
  return time >= firstTimestamp && time <= lastTimestamp ? timestampFromDate(date) : undefined;
}

/** Numbers that no double holds come out as null. */
function structOf(detail: unknown): JsonObject | undefined {
  const json: unknown = JSON.parse(JSON.stringify(detail));
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as JsonObject) : undefined;
}
