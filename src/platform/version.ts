import { ownPackage } from "./package-folder.js";

/** This version of Altalune, as its package.json has it. */
export const version = ownPackage?.manifest.version ?? "unknown";
