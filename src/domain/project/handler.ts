import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateProjectRequestSchema,
  CreateProjectResponseSchema,
  DeleteProjectResponseSchema,
  GetProjectResponseSchema,
  type ProjectService as ProjectServiceDescriptor,
  QueryProjectsResponseSchema,
  UpdateProjectResponseSchema,
} from "../../../gen/altalune/v1/project_pb.js";
import { callerOf } from "../caller-context.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import { namedRequestOf, propagationToProto } from "../proto-values.js";
import { changesFromProto, projectToProto, settingsFromProto } from "./mapper.js";
import type { ProjectService } from "./service.js";

export function projectHandler(projects: ProjectService): ServiceImpl<typeof ProjectServiceDescriptor> {
  return {
    async createProject(request, context) {
      const named = namedRequestOf(CreateProjectRequestSchema, request);
      const project = await projects.create(callerOf(context), settingsFromProto(request), named);
      return create(CreateProjectResponseSchema, { project: projectToProto(project), message: "project created" });
    },

    async getProject(request, context) {
      const project = await projects.reachWhole(callerOf(context), request.projectId);
      return create(GetProjectResponseSchema, { project: projectToProto(project) });
    },

    async queryProjects(request, context) {
      const page = await projects.query(callerOf(context), listingQueryFromProto(request.query));
      return create(QueryProjectsResponseSchema, { data: page.rows.map(projectToProto), meta: metaToProto(page) });
    },

    async updateProject(request, context) {
      const { project, propagation } = await projects.update(
        callerOf(context),
        request.projectId,
        changesFromProto(request),
        request.etag,
      );
      return create(UpdateProjectResponseSchema, {
        project: projectToProto(project),
        message: "project updated",
        propagation: propagationToProto(propagation),
      });
    },

    async deleteProject(request, context) {
      const propagation = await projects.delete(callerOf(context), request.projectId, request.etag);
      return create(DeleteProjectResponseSchema, {
        message: "project deleted; its keys are refused and its audit trail stays readable",
        propagation: propagationToProto(propagation),
      });
    },
  };
}
