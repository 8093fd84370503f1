import { registerHooks } from "node:module";
import "../test/support/typescript-imports.mjs";

const root = new URL("../", import.meta.url).href;

// What scripts import of the product is the compiled one, whose enums Node runs; `npm run build` comes first. Types are those
// of its source.
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && context.parentURL?.startsWith(`${root}scripts/`)) {
      const path = new URL(specifier, context.parentURL).href.slice(root.length);
      if (/^(src|gen)\//.test(path)) {
        return next(`${root}dist/${path}`, context);
      }
    }
    return next(specifier, context);
  },
});
