import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type CreateProjectRequest,
  type Project as ProjectMessage,
  ProjectSchema,
  type UpdateProjectRequest,
  UpdateProjectRequestSchema,
} from "../../../gen/altalune/v1/project_pb.js";
import { textRules } from "../../platform/field-rules.js";
import { etagOf } from "../etag/model.js";
import { type FieldReaders, readChanges } from "../field-mask.js";
import type { EveryField } from "../proto-values.js";
import { type Project, type ProjectSettings, projectDefaults } from "./model.js";

export function projectToProto(project: Project): ProjectMessage {
  return create(ProjectSchema, {
    id: project.publicId,
    name: project.name,
    keyPrefix: project.keyPrefix,
    maxKeysPerOwner: project.maxKeysPerOwner,
    allowNeverExpires: project.allowNeverExpires,
    defaultScopes: [...project.defaultScopes],
    defaultTier: project.defaultTier,
    etag: etagOf(project),
    createdAt: timestampFromDate(project.createdAt),
    updatedAt: timestampFromDate(project.updatedAt),
  } satisfies EveryField<ProjectMessage>);
}

export function settingsFromProto(request: CreateProjectRequest): ProjectSettings {
  return {
    name: request.name,
    keyPrefix: request.keyPrefix || projectDefaults.keyPrefix,
    maxKeysPerOwner: request.maxKeysPerOwner ?? projectDefaults.maxKeysPerOwner,
    allowNeverExpires: request.allowNeverExpires,
    defaultScopes: request.defaultScopes,
    defaultTier: request.defaultTier,
  };
}

/** The fields named in the mask, or without a mask those that are set. */
export function changesFromProto(request: UpdateProjectRequest): Partial<ProjectSettings> {
  return readChanges(request.updateMask?.paths, updatableFields, request);
}

const updatableFields: FieldReaders<UpdateProjectRequest, "projectId" | "etag", Partial<ProjectSettings>> = {
  name: {
    isSet: ({ name }) => name !== "",
    read: ({ name }) => ({ name }),
    required: textRules(UpdateProjectRequestSchema.field.name).sentences.join("; "),
  },
  key_prefix: {
    isSet: ({ keyPrefix }) => keyPrefix !== "",
    read: ({ keyPrefix }) => ({ keyPrefix: keyPrefix || projectDefaults.keyPrefix }),
  },
  max_keys_per_owner: {
    isSet: ({ maxKeysPerOwner }) => maxKeysPerOwner !== undefined,
    read: ({ maxKeysPerOwner }) => ({ maxKeysPerOwner: maxKeysPerOwner ?? projectDefaults.maxKeysPerOwner }),
  },
  allow_never_expires: {
    isSet: ({ allowNeverExpires }) => allowNeverExpires !== undefined,
    read: ({ allowNeverExpires }) => ({ allowNeverExpires: allowNeverExpires ?? projectDefaults.allowNeverExpires }),
  },
  default_scopes: {
    isSet: ({ defaultScopes }) => defaultScopes.length > 0,
    read: ({ defaultScopes }) => ({ defaultScopes }),
  },
  default_tier: {
    isSet: ({ defaultTier }) => defaultTier !== "",
    read: ({ defaultTier }) => ({ defaultTier }),
  },
};
