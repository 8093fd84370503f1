import { NavLink } from "react-router";
import { texts } from "../texts.ts";
import classes from "./shell.module.css";

const places = [{ to: "/projects", name: texts.shell.projects }] as const;

/** Where one may go. A place is listed once it is there. */
export function Navigation() {
  return (
    <nav aria-label={texts.shell.navigation} className={classes["navigation"]}>
      {places.map(({ to, name }) => (
        <NavLink key={to} to={to} className={classes["place"]}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
