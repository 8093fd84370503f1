/** The internal id of the built-in project, which holds the root keys; its public id is empty. */
export const builtInProjectId = 0n;

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
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a client decides of a project. */
export interface ProjectSettings {
  readonly name: string;
  readonly keyPrefix: string;
  readonly maxKeysPerOwner: number;
  readonly allowNeverExpires: boolean;
  readonly defaultScopes: readonly string[];
  readonly defaultTier: string;
}

export const projectDefaults: Omit<ProjectSettings, "name"> = {
  keyPrefix: "sk-",
  maxKeysPerOwner: 5,
  allowNeverExpires: false,
  defaultScopes: [],
  defaultTier: "",
};

export const projectFilters = ["name"] as const;
export type ProjectFilter = (typeof projectFilters)[number];

export const projectSorts = ["name", "created_at", "updated_at"] as const;
export type ProjectSort = (typeof projectSorts)[number];
