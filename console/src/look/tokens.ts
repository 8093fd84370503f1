import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** The one accent: moonlight on water. From the lightest to the darkest. */
const moon: MantineColorsTuple = [
  "#eef1fd",
  "#dce2fa",
  "#b9c4f4",
  "#93a4ee",
  "#7288e8",
  "#5c74e2",
  "#4259d2",
  "#374bb4",
  "#2d3d93",
  "#243175",
];

/** What cannot be taken back. */
const red: MantineColorsTuple = [
  "#fdeceb",
  "#fad5d3",
  "#f3aaa6",
  "#ec7d77",
  "#e0564f",
  "#d03b33",
  "#b3261e",
  "#961f19",
  "#781914",
  "#5c130f",
];

/** Surfaces and text of the dark look, from text to the darkest surface. */
const dark: MantineColorsTuple = [
  "#dfe3ec",
  "#b4bbca",
  "#949cae",
  "#6d7588",
  "#454d5f",
  "#343b4a",
  "#262c38",
  "#161a22",
  "#101319",
  "#0b0d12",
];

/** Surfaces and text of the light look, from the lightest surface to text. */
const gray: MantineColorsTuple = [
  "#f7f8fa",
  "#eff1f4",
  "#e4e7ec",
  "#d5d9e1",
  "#bcc2cd",
  "#9aa2b0",
  "#6c7483",
  "#4d5563",
  "#323945",
  "#1b2029",
];

/** Type scale, spacing, corners and colours of every page. */
export const theme = createTheme({
  colors: { moon, red, dark, gray },
  primaryColor: "moon",
  primaryShade: { light: 6, dark: 6 },
  black: "#1b2029",
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.45" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2.5rem" },
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "20px" },
  defaultRadius: "sm",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.3" },
      h2: { fontSize: "1.125rem", lineHeight: "1.4" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.45" },
    },
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Locking writes a style into the page; base.css keeps what is behind a dialog in place.
    ModalRoot: { defaultProps: { lockScroll: false } },
    DrawerRoot: { defaultProps: { lockScroll: false } },
  },
});

/** Colours by what they are for. Text keeps a contrast of 4.5 to 1 on every surface that it stands on. */
export const variablesOf: CSSVariablesResolver = () => ({
  variables: { "--console-measure": "68rem", "--console-narrow": "24rem", "--console-side": "14rem" },
  light: {
    "--mantine-color-dimmed": gray[7],
    "--mantine-color-placeholder": gray[6],
    "--mantine-color-error": "#b3261e",
    "--mantine-color-anchor": moon[7],
    "--mantine-color-body": "#ffffff",
    "--console-surface": "#ffffff",
    "--console-ground": gray[0],
    "--console-line": gray[2],
    "--console-hover": gray[1],
    "--console-good": "#1a6b3c",
    "--console-good-ground": "#e5f5eb",
    "--console-idle": gray[7],
    "--console-idle-ground": gray[1],
    "--console-warn": "#7a4b00",
    "--console-warn-ground": "#fdf1d8",
    "--console-bad": "#a1221a",
    "--console-bad-ground": "#fdeceb",
    "--console-verdict-valid": moon[6],
    "--console-verdict-rate-limited": "#b26a00",
    "--console-verdict-insufficient-scope": "#9c36b5",
    "--console-verdict-expired": gray[6],
    "--console-verdict-disabled": "#0b7285",
    "--console-verdict-revoked": "#c92a2a",
    "--console-verdict-not-found": "#7f5539",
    "--console-verdict-signature-invalid": "#d6336c",
    "--console-verdict-replayed": "#2b8a3e",
  },
  dark: {
    "--mantine-color-dimmed": dark[1],
    "--mantine-color-placeholder": dark[2],
    "--mantine-color-error": "#ff9b93",
    "--mantine-color-anchor": moon[3],
    "--mantine-color-body": dark[7],
    "--console-surface": dark[7],
    "--console-ground": dark[8],
    "--console-line": dark[5],
    "--console-hover": dark[6],
    "--console-good": "#7fd6a0",
    "--console-good-ground": "#12301f",
    "--console-idle": dark[1],
    "--console-idle-ground": dark[6],
    "--console-warn": "#f0c060",
    "--console-warn-ground": "#382a0c",
    "--console-bad": "#ff9b93",
    "--console-bad-ground": "#3d1715",
    "--console-verdict-valid": moon[4],
    "--console-verdict-rate-limited": "#f0b860",
    "--console-verdict-insufficient-scope": "#cc8de0",
    "--console-verdict-expired": dark[2],
    "--console-verdict-disabled": "#3bc9db",
    "--console-verdict-revoked": "#ff8787",
    "--console-verdict-not-found": "#c69c6d",
    "--console-verdict-signature-invalid": "#f783ac",
    "--console-verdict-replayed": "#69db7c",
  },
});
