import { NavLink } from "react-router";
import { texts } from "../texts.ts";
import { mayGoTo, places } from "./places.ts";
import classes from "./shell.module.css";
import { useUser } from "./user.ts";

/** Where one may go. */
export function Navigation() {
  const user = useUser();
  const open = places.filter((place) => mayGoTo(user, place));
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
