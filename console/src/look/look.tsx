import "./mantine.css";
import "theme.css";
import "./base.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { theme } from "./tokens.ts";

const colorSchemeManager = localStorageColorSchemeManager({ key: "altalune-color-scheme" });

/** Gives pages their look. Its variables are in a style sheet: the page's policy lets nothing write styles into it. */
export function Look({ children }: { readonly children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      {children}
    </MantineProvider>
  );
}
