import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AuditService as AuditServiceDescriptor,
  QueryAuditEventsResponseSchema,
} from "../../../gen/altalune/v1/audit_pb.js";
import { mapInTurns } from "../../platform/event-loop.js";
import type { Caller } from "../caller.js";
import { callerOf } from "../caller-context.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import { InstanceTrailForbiddenError } from "./errors.js";
import { auditEventToProto, trailPartFromProto, trailReportToProto } from "./mapper.js";
import { auditActions } from "./model.js";
import type { AuditService } from "./service.js";

/** Some seconds' work: a call ends after 30. */
const maxEventsOfCall = 100_000;

export function auditHandler(
  audit: AuditService,
  projects: ProjectService,
): ServiceImpl<typeof AuditServiceDescriptor> {
  return {
    async queryAuditEvents(request, context) {
      const listing = audit.listing(request.projectId, listingQueryFromProto(request.query));
      const caller = callerOf(context);
      const project = await trailOwner(projects, caller, request.projectId);
      const page = await audit.query(project, listing);
      return create(QueryAuditEventsResponseSchema, {
        data: await mapInTurns(page.rows, caller.actor, (event) => auditEventToProto(event, project.publicId)),
        meta: metaToProto(page, { action: auditActions }),
      });
    },

    async verifyAuditTrail(request, context) {
      const part = { ...trailPartFromProto(request), maxEvents: maxEventsOfCall };
      const project = await trailOwner(projects, callerOf(context), request.projectId);
      const expectedHead = request.expectedHead.length === 0 ? undefined : Buffer.from(request.expectedHead);
      return trailReportToProto(await audit.verify(project, part, expectedHead, context.signal));
    },
  };
}

/** The project whose trail is asked for; the built-in one, when none is named, holds the instance's own. */
async function trailOwner(projects: ProjectService, caller: Caller, projectId: string): Promise<Project> {
  if (projectId !== "") {
    return projects.reachEvenDeleted(caller, projectId);
  }
  if (caller.projects !== undefined) {
    throw new InstanceTrailForbiddenError();
  }
  return projects.builtIn();
}
