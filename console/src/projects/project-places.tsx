import { NavLink } from "react-router";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import classes from "./project-places.module.css";

export const projectPlaces = [
  { path: "", name: texts.project.keys, scope: "api_keys:read" },
  { path: "/owners", name: texts.owners.title, scope: "api_keys:read" },
  { path: "/usage", name: texts.project.usage, scope: "usage:read" },
  { path: "/trail", name: texts.project.trail, scope: "audit:read" },
  { path: "/explorer", name: texts.explorer.title, scope: "api_keys:verify" },
  { path: "/webhooks", name: texts.webhooks.title, scope: "webhooks:read" },
  { path: "/settings", name: texts.settings.title, scope: "projects:write" },
] as const;

/** Where one may go within a project. */
export function ProjectPlaces({ projectId }: { readonly projectId: string }) {
  const user = useUser();
  const open = projectPlaces.filter(({ scope }) => may(user, scope));
  return (
    <nav aria-label={texts.project.places} className={classes["places"]}>
      {open.map(({ path, name }) => (
        <NavLink key={path} to={`/projects/${projectId}${path}`} end className={classes["place"]}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
