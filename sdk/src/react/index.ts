/** A component by which the end users of an API manage their own keys: `import { ApiKeys } from "@altalune/sdk/react"`. */
export { ApiKeys, type ApiKeysProps, type KeyAction } from "./api-keys.js";
export { type ApiKeysTexts, defaultTexts } from "./texts.js";
