import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from "@mantine/core";
import type { Plugin } from "vite";
import { theme, variablesOf } from "../console/src/look/tokens.ts";

const name = "theme.css";

/** The variables of the console's theme as a style sheet. The component library would write them into the page, which its policy forbids. */
export function themeCss(): Plugin {
  return {
    name: "theme-css",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? cssOfTheme() : undefined),
  };
}

function cssOfTheme(): string {
  const whole = mergeMantineTheme(DEFAULT_THEME, theme);
  const [standard, own] = [defaultCssVariablesResolver(whole), variablesOf(whole)];
  return convertCssVariables({
    variables: { ...standard.variables, ...own.variables },
    light: { ...standard.light, ...own.light },
    dark: { ...standard.dark, ...own.dark },
  });
}
