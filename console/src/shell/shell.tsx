import { Burger, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type MouseEvent, Suspense, useEffect, useRef, useState } from "react";
import { Outlet, useBlocker, useLocation } from "react-router";
import { Brand } from "../parts/brand.tsx";
import { Broken } from "../parts/broken.tsx";
import { isHeld } from "../parts/hold.ts";
import { Waiting } from "../parts/waiting.tsx";
import { SearchButton } from "../search/search-button.tsx";
import { useSearch } from "../search/use-search.tsx";
import { texts } from "../texts.ts";
import { AccountMenu } from "./account-menu.tsx";
import { Navigation } from "./navigation.tsx";
import classes from "./shell.module.css";

/** What stands around every page: where one may go, and who one is. On narrow screens the way about is behind a button. */
export function Shell() {
  const { pathname, key } = useLocation();
  const [isOpen, setIsOpen] = useState(false);
  // As in the style sheet: on a wide screen the way about stands beside the page.
  const isNarrow = useMediaQuery("(max-width: 48em)");
  const search = useSearch();
  const content = useRef<HTMLElement>(null);
  useBlocker(isHeld);
  // By itself: the link's own address would be one that the router, which holds people back, does not know.
  const skip = (event: MouseEvent) => {
    event.preventDefault();
    content.current?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has gone somewhere, or widened the screen, has closed the menu.
  useEffect(() => setIsOpen(false), [key, isNarrow]);
  return (
    <div className={classes["shell"]}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads where it says, on this page. */}
      <a className={classes["skip"]} href="#content" onClick={skip}>
        {texts.shell.skip}
      </a>
      <header className={classes["bar"]}>
        <Burger
          opened={isOpen}
          onClick={() => setIsOpen(true)}
          size="sm"
          aria-label={texts.shell.menu}
          aria-expanded={isOpen}
        />
        <Brand />
        <SearchButton isCompact onClick={search.open} />
        <AccountMenu isCompact />
      </header>
      <Drawer.Root opened={isOpen} onClose={() => setIsOpen(false)} size="xs">
        <Drawer.Overlay />
        <Drawer.Content aria-label={texts.shell.menu}>
          <div className={classes["drawer"]}>
            <Brand />
            <Drawer.CloseButton aria-label={texts.close} />
          </div>
          <Drawer.Body>
            <Navigation />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <header className={classes["side"]}>
        <div className={classes["brand"]}>
          <Brand />
        </div>
        <SearchButton onClick={search.open} />
        <Navigation />
        <div className={classes["account"]}>
          <AccountMenu />
        </div>
      </header>
      <main ref={content} id="content" tabIndex={-1} className={classes["content"]}>
        <Broken key={pathname}>
          <Suspense fallback={<Waiting />}>
            <Outlet />
          </Suspense>
        </Broken>
      </main>
      {search.dialog}
    </div>
  );
}
