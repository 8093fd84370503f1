/**
 * The client of Altalune and what its guards share. A guard comes from the path of its framework:
 * `import { guard } from "@altalune/sdk/express"`.
 */
export { type RequestToSign, type SignedRequestFields, signRequest } from "./sign-request.js";
export * from "./web.js";
