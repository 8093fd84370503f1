import { type RootKeyScope, rootKeyScopes } from "../root_key/model.js";

/** What a user may do, and how it is stored: the numbers are those of the contract. */
/** What the codes of invitations and of set-up links begin with. */
export const invitationPrefix = "alt_invite_";
export const setupPrefix = "alt_setup_";

export const userRoleNumbers = { owner: 1, admin: 2, developer: 3, viewer: 4 } as const;
export type UserRole = keyof typeof userRoleNumbers;

/** By its stored number. */
export function userRoleOf(stored: number): UserRole {
  const found = (Object.keys(userRoleNumbers) as UserRole[]).find((role) => userRoleNumbers[role] === stored);
  if (found === undefined) {
    throw new Error("a user has a role of a newer version");
  }
  return found;
}

/** What it takes to see users, and to change them. */
export const userReading = "users:read" satisfies RootKeyScope;
export const userWriting = "users:write" satisfies RootKeyScope;

const reading = rootKeyScopes.filter((scope) => scope.endsWith(":read") && scope !== userReading);

/** Roles in scopes of root keys. */
export const scopesOfRole: Readonly<Record<UserRole, readonly string[]>> = {
  owner: ["*"],
  admin: rootKeyScopes.filter((scope) => scope !== userReading && scope !== userWriting),
  developer: [...reading, "api_keys:write", "api_keys:verify"] satisfies RootKeyScope[],
  viewer: reading,
};

/** What a user may do, and where. */
export interface UserGrant {
  readonly role: UserRole;
  /** Public ids; empty: none. */
  readonly projectIds: readonly string[];
  /** Whether every project is reached, whatever is listed. */
  readonly allProjects: boolean;
}

/** What is told of a user. */
export interface UserSettings extends UserGrant {
  /** Empty: the invitation was not taken up. */
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  readonly disabled: boolean;
}

/** A person who runs Altalune. */
export interface User extends UserSettings {
  /** Internal; never leaves the service. */
  readonly id: bigint;
  readonly publicId: string;
  readonly lastLoginAt: Date | undefined;
  readonly version: bigint;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Projects as a caller has them. An owner reaches every one. @returns undefined: all */
export function projectsOfGrant({ role, projectIds, allProjects }: UserGrant): ReadonlySet<string> | undefined {
  return allProjects || role === "owner" ? undefined : new Set(projectIds);
}

/** Enough to be told that one has no project and no key. */
const scopesOfNothing = ["projects:read", "api_keys:read"] satisfies RootKeyScope[];

/** What a user may do. What is of the whole instance, such as its tiers, is not for who reaches no project: that may be anybody. */
export function scopesOfGrant(grant: UserGrant): readonly string[] {
  return projectsOfGrant(grant)?.size === 0 ? scopesOfNothing : scopesOfRole[grant.role];
}

/** What a stranger has who registers where registration is open: it reaches nothing. */
export const strangersGrant: UserGrant = { role: "viewer", projectIds: [], allProjects: false };

/** Addresses are compared in lower case. */
export function emailOf(text: string): string {
  return text.trim().toLowerCase();
}

export const userFilters = ["username", "email", "role"] as const;
export type UserFilter = (typeof userFilters)[number];

export const userSorts = ["username", "email", "created_at", "updated_at"] as const;
export type UserSort = (typeof userSorts)[number];
