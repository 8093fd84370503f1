import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  DeleteUserResponseSchema,
  GetUserResponseSchema,
  InviteUserResponseSchema,
  QueryUsersResponseSchema,
  RevokeUserSessionsResponseSchema,
  UpdateUserResponseSchema,
  type UserService as UserServiceDescriptor,
} from "../../../gen/altalune/v1/user_pb.js";
import { callerOf } from "../caller-context.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import { propagationToProto } from "../proto-values.js";
import { changesFromProto, grantFromProto, userToProto } from "./mapper.js";
import type { UserService } from "./service.js";

export function userHandler(users: UserService): ServiceImpl<typeof UserServiceDescriptor> {
  return {
    async queryUsers(request) {
      const page = await users.query(listingQueryFromProto(request.query));
      return create(QueryUsersResponseSchema, { data: page.rows.map(userToProto), meta: metaToProto(page) });
    },

    async inviteUser(request, context) {
      const { user, link } = await users.invite(callerOf(context), request.email, grantFromProto(request));
      return create(InviteUserResponseSchema, {
        user: userToProto(user),
        invitationUrl: link.url,
        expiresAt: timestampFromDate(link.expiresAt),
      });
    },

    async getUser(request) {
      return create(GetUserResponseSchema, { user: userToProto(await users.get(request.userId)) });
    },

    async updateUser(request, context) {
      const changes = changesFromProto(request);
      const { user, propagation } = await users.update(callerOf(context), request.userId, changes, request.etag);
      return create(UpdateUserResponseSchema, {
        user: userToProto(user),
        message: "user updated",
        propagation: propagationToProto(propagation),
      });
    },

    async deleteUser(request, context) {
      const propagation = await users.delete(callerOf(context), request.userId, request.etag);
      return create(DeleteUserResponseSchema, {
        message: "user deleted; all sessions are over",
        propagation: propagationToProto(propagation),
      });
    },

    async revokeUserSessions(request, context) {
      const propagation = await users.revokeSessions(callerOf(context), request.userId);
      return create(RevokeUserSessionsResponseSchema, {
        message: "all sessions of the user are over",
        propagation: propagationToProto(propagation),
      });
    },
  };
}
