import { registerHooks } from "node:module";

// Our imports name the compiled file; without a build there is only its source.
registerHooks({
  resolve(specifier, context, next) {
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
