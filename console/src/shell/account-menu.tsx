import { type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useState } from "react";
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
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [hasFailed, setHasFailed] = useState(false);
  const name = user.display_name || user.username;
  const role = texts.shell.roles[user.roles[0] ?? ""] ?? "";
  return (
    <Menu position={isCompact ? "bottom-end" : "top-start"} width={220}>
      <Menu.Target>
        <UnstyledButton className={classes["button"]} aria-label={texts.shell.account(name)}>
          <span className={classes["initial"]} aria-hidden="true">
            {[...name][0]?.toUpperCase()}
          </span>
          {!isCompact && (
            <span className={classes["who"]}>
              <span className={classes["name"]}>{name}</span>
              <span className={classes["role"]}>{role}</span>
            </span>
          )}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>{texts.shell.look}</Menu.Label>
        {looks.map(([look, label]) => (
          <Menu.Item
            key={look}
            role="menuitemradio"
            aria-checked={colorScheme === look}
            closeMenuOnClick={false}
            onClick={() => setColorScheme(look)}
            rightSection={colorScheme === look ? <span aria-hidden="true">✓</span> : undefined}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
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
