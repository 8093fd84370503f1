import { type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useSession } from "../session/session.tsx";
import { texts } from "../texts.ts";
import classes from "./account-menu.module.css";
import { useUser } from "./user.ts";

const looks: readonly (readonly [look: MantineColorScheme, name: string])[] = [
  ["auto", texts.shell.auto],
  ["light", texts.shell.light],
  ["dark", texts.shell.dark],
];

/** Who is signed in, how the console is to look, and the way out. */
export function AccountMenu({ isCompact = false }: { readonly isCompact?: boolean }) {
  const user = useUser();
  const { signOut } = useSession();
  // Otherwise the library writes a style into the page, which its policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const [hasFailed, setHasFailed] = useState(false);
  const name = user.display_name || user.username;
  const role = texts.shell.roles[user.roles[0] ?? ""] ?? "";
  return (
    <Menu
      position={isCompact ? "bottom-end" : "top-start"}
      width={220}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <UnstyledButton className={classes["button"]} aria-label={isCompact ? texts.shell.account(name) : undefined}>
          <span className={classes["initial"]} aria-hidden="true">
            {[...name][0]?.toUpperCase()}
          </span>
          {!isCompact && (
            <span className={classes["who"]}>
              <VisuallyHidden>{texts.shell.accountOf}</VisuallyHidden> <span className={classes["name"]}>{name}</span>{" "}
              <span className={classes["role"]}>{role}</span>
            </span>
          )}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>{texts.shell.look}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(look) => setColorScheme(look as MantineColorScheme)}>
          {looks.map(([look, label]) => (
            <Menu.RadioItem key={look} value={look} closeMenuOnClick={false}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account">
          {texts.account.menu}
        </Menu.Item>
        <Menu.Item closeMenuOnClick={false} onClick={() => void signOut().catch(() => setHasFailed(true))}>
          {texts.shell.signOut}
        </Menu.Item>
        {hasFailed && (
          <div role="alert" className={classes["failed"]}>
            {texts.shell.signOutFailed}
          </div>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
