/** What clients of an API that Altalune guards need: `import { signRequest } from "@altalune/sdk"`. */
export { type RequestToSign, type SignedRequestFields, signRequest } from "./sign-request.js";
