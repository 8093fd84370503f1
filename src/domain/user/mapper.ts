import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type InviteUserRequest,
  type UpdateUserRequest,
  UpdateUserRequestSchema,
  type User as UserMessage,
  UserRole as UserRoleMessage,
  UserSchema,
} from "../../../gen/altalune/v1/user_pb.js";
import { textRules } from "../../platform/field-rules.js";
import { etagOf } from "../etag/model.js";
import { type FieldReaders, readChanges } from "../field-mask.js";
import { type EveryField, optionalTimestamp } from "../proto-values.js";
import { emailOf, type User, type UserGrant, type UserRole, type UserSettings } from "./model.js";

const roles = {
  owner: UserRoleMessage.OWNER,
  admin: UserRoleMessage.ADMIN,
  developer: UserRoleMessage.DEVELOPER,
  viewer: UserRoleMessage.VIEWER,
} as const satisfies Record<UserRole, UserRoleMessage>;

export function userToProto(user: User): UserMessage {
  return create(UserSchema, {
    id: user.publicId,
    username: user.username,
    email: user.email,
    displayName: user.displayName,
    role: roles[user.role],
    projectIds: [...user.projectIds],
    allProjects: user.allProjects || user.role === "owner",
    disabled: user.disabled,
    etag: etagOf(user),
    lastLoginAt: optionalTimestamp(user.lastLoginAt),
    createdAt: timestampFromDate(user.createdAt),
    updatedAt: timestampFromDate(user.updatedAt),
  } satisfies EveryField<UserMessage>);
}

export function grantFromProto({ role, projectIds, allProjects }: InviteUserRequest): UserGrant {
  return { role: roleFromProto(role), projectIds, allProjects };
}

/** The fields named in the mask, or without a mask those that are set. */
export function changesFromProto(request: UpdateUserRequest): Partial<UserSettings> {
  return readChanges(request.updateMask?.paths, updatableFields, request);
}

const updatableFields: FieldReaders<UpdateUserRequest, "userId" | "etag", Partial<UserSettings>> = {
  username: {
    isSet: ({ username }) => username !== "",
    read: ({ username }) => ({ username }),
    required: textRules(UpdateUserRequestSchema.field.username).sentences.join("; "),
  },
  email: {
    isSet: ({ email }) => email !== "",
    read: ({ email }) => ({ email: emailOf(email) }),
    required: textRules(UpdateUserRequestSchema.field.email).sentences.join("; "),
  },
  display_name: {
    isSet: ({ displayName }) => displayName !== "",
    read: ({ displayName }) => ({ displayName }),
  },
  role: {
    isSet: ({ role }) => role !== UserRoleMessage.UNSPECIFIED,
    read: ({ role }) => ({ role: roleFromProto(role) }),
    required: "must be a role",
  },
  project_ids: {
    isSet: ({ projectIds }) => projectIds.length > 0,
    read: ({ projectIds }) => ({ projectIds }),
  },
  disabled: {
    isSet: ({ disabled }) => disabled !== undefined,
    read: ({ disabled }) => ({ disabled: disabled ?? false }),
  },
  all_projects: {
    isSet: ({ allProjects }) => allProjects !== undefined,
    read: ({ allProjects }) => ({ allProjects: allProjects ?? false }),
  },
};

function roleFromProto(role: UserRoleMessage): UserRole {
  switch (role) {
    case UserRoleMessage.OWNER:
      return "owner";
    case UserRoleMessage.ADMIN:
      return "admin";
    case UserRoleMessage.DEVELOPER:
      return "developer";
    case UserRoleMessage.VIEWER:
      return "viewer";
    case UserRoleMessage.UNSPECIFIED:
      throw new Error("a role that the rules of the message refuse");
    default: {
      const unreachable: never = role;
      return unreachable;
    }
  }
}
