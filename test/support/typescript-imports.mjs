import { registerHooks } from "node:module";

// Our imports name the compiled file, or a package of ours; without a build there is only the source of either.
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith("@altalune/") && context.parentURL?.endsWith(".ts")) {
      return next(specifier, { ...context, conditions: ["altalune-source", ...context.conditions] });
    }
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code === "ERR_MODULE_NOT_FOUND" && /^\.{1,2}\/.*\.js$/.test(specifier)) {
        return next(specifier.replace(/\.js$/, ".ts"), context);
      }
      throw error;
    }
  },
});
