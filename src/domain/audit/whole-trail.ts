import type { TrailReport } from "./model.js";
import type { AuditService, TrailOwner } from "./service.js";

/** Events of one part: some tenths of a second, on a snapshot of its own. */
const partEvents = 10_000;

export interface WholeTrailOptions {
  /** Where to start; what lies before is trusted. Up to 1: at the first event. */
  readonly fromSequence: bigint;
  /** Told of each part that holds, with all events that were checked by then. */
  readonly onPart?: (soFar: TrailReport) => void;
  /** Ends the walk soon. */
  readonly signal?: AbortSignal;
}

/**
 * Walks a trail to its end, or to where it breaks, part by part: each goes on where the one before has stopped, as a client
 * does. Events that are written meanwhile are checked too.
 *
 * @param project as `AuditService.verify` takes it
 */
export async function verifyWholeTrail(
  audit: AuditService,
  project: TrailOwner & { readonly publicId?: string },
  { fromSequence, onPart, signal }: WholeTrailOptions,
): Promise<TrailReport> {
  let next = fromSequence;
  let checked = 0n;
  for (;;) {
    const part = { fromSequence: next, toSequence: 0n, maxEvents: partEvents };
    const report = await audit.verify(project, part, undefined, signal);
    checked += report.eventsChecked;
    const soFar = { ...report, eventsChecked: checked };
    if (!report.intact || report.lastSequence >= report.head.sequence) {
      return soFar;
    }
    onPart?.(soFar);
    next = report.lastSequence + 1n;
  }
}
