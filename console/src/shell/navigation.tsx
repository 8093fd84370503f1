import { NavLink } from "react-router";
import { may } from "../session/may.ts";
import { texts } from "../texts.ts";
import classes from "./shell.module.css";
import { useUser } from "./user.ts";

/** Also found by a search. */
export const places = [
  { to: "/projects", name: texts.shell.projects, scope: "projects:read" },
  { to: "/tiers", name: texts.shell.tiers, scope: "tiers:read" },
  { to: "/users", name: texts.shell.users, scope: "users:read" },
  // Of the whole instance: for whoever reaches every project.
  { to: "/trail", name: texts.shell.trail, scope: "audit:read", ofAllProjects: true },
] as const;

/** Where one may go. A place is listed once it is there. */
export function Navigation() {
  const user = useUser();
  const open = places.filter((place) => may(user, place.scope) && (!("ofAllProjects" in place) || user.all_projects));
  return (
    <nav aria-label={texts.shell.navigation} className={classes["navigation"]}>
      {open.map(({ to, name }) => (
        <NavLink key={to} to={to} className={classes["place"]}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
