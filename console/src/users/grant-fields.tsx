import { UserRole } from "@altalune/sdk/messages";
import { MultiSelect, NativeSelect } from "@mantine/core";
import type { Failure } from "../api/failure.ts";
import { Missing } from "../listing/missing.tsx";
import { texts } from "../texts.ts";
import classes from "./grant-fields.module.css";
import { roles } from "./roles.ts";
import { useProjects } from "./use-projects.ts";

/** What a user may do, and where. */
export interface Grant {
  readonly role: UserRole;
  readonly allProjects: boolean;
  readonly projectIds: string[];
}

interface GrantFieldsProps {
  readonly grant: Grant;
  readonly onChange: (grant: Grant) => void;
  readonly failure: Failure | undefined;
}

const { grant: words } = texts.users;
const roleChoices = roles.map(({ value, description }) => ({ value: `${value}`, label: description }));
const reachChoices = [
  { value: "every", label: words.every },
  { value: "named", label: words.named },
];
/** How many projects are offered at once; typing narrows them. */
const offered = 50;

export function GrantFields({ grant, onChange, failure }: GrantFieldsProps) {
  const { role, allProjects, projectIds } = grant;
  const isOwner = role === UserRole.OWNER;
  return (
    <>
      <NativeSelect
        label={words.role}
        data={roleChoices}
        value={`${role}`}
        onChange={(event) => onChange({ ...grant, role: Number(event.currentTarget.value) as UserRole })}
        error={failure?.fields["role"]}
      />
      {isOwner ? (
        <p className="dimmed">{words.ownerReaches}</p>
      ) : (
        <NativeSelect
          label={words.reach}
          data={reachChoices}
          value={allProjects ? "every" : "named"}
          onChange={(event) => onChange({ ...grant, allProjects: event.currentTarget.value === "every" })}
        />
      )}
      {!isOwner && !allProjects && (
        <ProjectsField
          value={projectIds}
          onChange={(ids) => onChange({ ...grant, projectIds: ids })}
          error={failure?.fields["project_ids"]}
        />
      )}
    </>
  );
}

/** What is sent of it. */
export function grantOf({ role, allProjects, projectIds }: Grant): Grant {
  const isLimited = role !== UserRole.OWNER && !allProjects;
  return { role, allProjects: role !== UserRole.OWNER && allProjects, projectIds: isLimited ? projectIds : [] };
}

interface ProjectsFieldProps {
  readonly value: string[];
  readonly onChange: (projectIds: string[]) => void;
  readonly error: string | undefined;
}

/** One of several projects may be called as another is: their ids tell them apart. */
function ProjectsField({ value, onChange, error }: ProjectsFieldProps) {
  const asked = useProjects();
  const projects = asked.data?.data ?? [];
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  const unknown = value.filter((id) => !names.has(id));
  const twice = new Set(projects.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index));
  return (
    <>
      <Missing of={asked} />
      <MultiSelect
        label={words.projects}
        data={[
          ...projects.map(({ id, name }) => ({ value: id, label: twice.has(name) ? `${name} (${id})` : name })),
          ...unknown.map((id) => ({ value: id, label: id })),
        ]}
        value={value}
        onChange={onChange}
        searchable
        limit={offered}
        nothingFoundMessage={words.noProject}
        comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
        withScrollArea={false}
        classNames={{ dropdown: classes["dropdown"] ?? "" }}
        error={error}
      />
    </>
  );
}
