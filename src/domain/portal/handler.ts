import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreatePortalSessionResponseSchema,
  EndPortalSessionsResponseSchema,
  ExchangePortalCodeResponseSchema,
  type PortalService as PortalServiceDescriptor,
} from "../../../gen/altalune/v1/portal_pb.js";
import { admitPage, callerOf, originOf } from "../caller-context.js";
import type { PageOrigins } from "../page-origins.js";
import { brandingToProto } from "../project/mapper.js";
import type { Project } from "../project/model.js";
import { defaultLifetimeMs, maxLifetimeMs, noOwnerAccess } from "../project/owner-access.js";
import type { ProjectService } from "../project/service.js";
import { msFromDuration } from "../proto-values.js";
import { permissionsFromProto, permissionsToProto } from "./mapper.js";
import { usualTtlMs } from "./model.js";
import type { PortalService } from "./service.js";

export function portalHandler(
  portal: PortalService,
  projects: ProjectService,
  pages: PageOrigins,
): ServiceImpl<typeof PortalServiceDescriptor> {
  return {
    async createPortalSession(request, context) {
      const project = await projects.reach(callerOf(context), request.projectId);
      const { url, expiresAt } = await portal.create(callerOf(context), project, {
        ownerId: request.ownerId,
        permissions: permissionsFromProto(request.permissions),
        ttlMs: request.ttl === undefined ? usualTtlMs : msFromDuration(request.ttl),
        returnUrl: request.returnUrl,
      });
      return create(CreatePortalSessionResponseSchema, { url, expiresAt: timestampFromDate(expiresAt) });
    },

    async exchangePortalCode(request, context) {
      const admit = (project: Project) => admitPage(context, pages, project);
      const opened = await portal.exchange(originOf(context), request.code, admit);
      const { project, token, expiresAt, permissions, returnUrl } = opened;
      const access = project.ownerAccess ?? noOwnerAccess;
      return create(ExchangePortalCodeResponseSchema, {
        token,
        expiresAt: timestampFromDate(expiresAt),
        branding: brandingToProto(await projects.brandingOf(project)),
        permissions: permissionsToProto(permissions),
        returnUrl,
        ownerScopes: [...access.ownerScopes],
        maxLifetime: durationFromMs(maxLifetimeMs(access)),
        defaultLifetime: durationFromMs(defaultLifetimeMs(access)),
      });
    },

    async endPortalSessions(request, context) {
      const project = await projects.reach(callerOf(context), request.projectId);
      const ended = await portal.end(callerOf(context), project, request.ownerId);
      return create(EndPortalSessionsResponseSchema, {
        ended,
        message: ended === 0 ? "the owner had no portal session" : "portal sessions ended; their tokens are refused",
      });
    },
  };
}
