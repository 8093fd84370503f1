import { type NoticeSettings, noticeDefaults } from "../notice/model.js";
import type { RotationPolicy } from "../rotation/model.js";
import type { OwnerAccess } from "./owner-access.js";

/** The internal id of the built-in project, which holds the root keys; its public id is empty. */
export const builtInProjectId = 0n;

/** What becomes of a key whose value is reported as exposed, beside an event in the trail. */
export type ExposurePolicy = "notify" | "deactivate" | "revoke";

/** The numbers that the database stores, which are the contract's. */
export const exposurePolicyNumbers: Readonly<Record<ExposurePolicy, number>> = { notify: 1, deactivate: 2, revoke: 3 };

/** What becomes of a key that is used oddly, beside an event in the trail. */
export type SuspiciousPolicy = "notify" | "deactivate";

/** The numbers that the database stores, which are the contract's. */
export const suspiciousPolicyNumbers: Readonly<Record<SuspiciousPolicy, number>> = { notify: 1, deactivate: 2 };

export interface Project {
  /** Internal; never leaves the service. */
  readonly id: bigint;
  readonly publicId: string;
  readonly name: string;
  readonly keyPrefix: string;
  /** 0: no cap. */
  readonly maxKeysPerOwner: number;
  readonly allowNeverExpires: boolean;
  readonly defaultScopes: readonly string[];
  /** Empty: none. */
  readonly defaultTier: string;
  /** Undefined: nothing was said. In listings and look-ups its logo is left out. */
  readonly ownerAccess: OwnerAccess | undefined;
  /** Of a key that is created without one; undefined: none. */
  readonly rotationPolicy: RotationPolicy | undefined;
  readonly exposurePolicy: ExposurePolicy;
  readonly suspiciousPolicy: SuspiciousPolicy;
  /** Who is sent mail, beside the owners of keys; in small letters. */
  readonly contactEmails: readonly string[];
  readonly notices: NoticeSettings;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** One more with each change. */
  readonly version: bigint;
}

/** What a client decides of a project. */
export interface ProjectSettings {
  readonly name: string;
  readonly keyPrefix: string;
  readonly maxKeysPerOwner: number;
  readonly allowNeverExpires: boolean;
  readonly defaultScopes: readonly string[];
  readonly defaultTier: string;
  readonly ownerAccess: OwnerAccess | undefined;
  readonly rotationPolicy: RotationPolicy | undefined;
  readonly exposurePolicy: ExposurePolicy;
  readonly suspiciousPolicy: SuspiciousPolicy;
  readonly contactEmails: readonly string[];
  readonly notices: NoticeSettings;
}

export const projectDefaults: Omit<ProjectSettings, "name"> = {
  keyPrefix: "sk-",
  maxKeysPerOwner: 5,
  allowNeverExpires: false,
  defaultScopes: [],
  defaultTier: "",
  ownerAccess: undefined,
  rotationPolicy: undefined,
  exposurePolicy: "notify",
  suspiciousPolicy: "notify",
  contactEmails: [],
  notices: noticeDefaults,
};

/** What the secrets start with that are no project's keys: root keys, signing secrets, and those that are to come. */
const ownPrefixes = ["alt_", "sign_", "whsec_"];

/** What is told of a prefix that is one of our own. */
export const keyPrefixRule = `must not start with ${ownPrefixes.join(", ")}, which are for secrets of Altalune's own`;

/** Whether keys of this prefix could be taken for other secrets of ours, by people and scanners, in whatever case. */
export function isOwnPrefix(keyPrefix: string): boolean {
  return ownPrefixes.some((own) => keyPrefix.toLowerCase().startsWith(own));
}

export const projectFilters = ["name"] as const;
export type ProjectFilter = (typeof projectFilters)[number];

export const projectSorts = ["name", "created_at", "updated_at"] as const;
export type ProjectSort = (typeof projectSorts)[number];
