import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import type { OwnerPermission } from "../principal/model.js";

/** The validator has made sure that each is one. */
export function permissionsFromProto(permissions: readonly PortalPermission[]): readonly OwnerPermission[] {
  return permissions.flatMap((permission) => {
    const known = permissionOfProto[permission];
    return known === undefined ? [] : [known];
  });
}

export function permissionsToProto(permissions: readonly OwnerPermission[]): PortalPermission[] {
  return permissions.map((permission) => permissionToProto[permission]);
}

const permissionToProto: Readonly<Record<OwnerPermission, PortalPermission>> = {
  read: PortalPermission.READ,
  create: PortalPermission.CREATE,
  rotate: PortalPermission.ROTATE,
  revoke: PortalPermission.REVOKE,
  usage: PortalPermission.USAGE,
};

const permissionOfProto: Readonly<Record<PortalPermission, OwnerPermission | undefined>> = {
  [PortalPermission.UNSPECIFIED]: undefined,
  [PortalPermission.READ]: "read",
  [PortalPermission.CREATE]: "create",
  [PortalPermission.ROTATE]: "rotate",
  [PortalPermission.REVOKE]: "revoke",
  [PortalPermission.USAGE]: "usage",
};
