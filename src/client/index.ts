/** What clients of an API that Altalune guards need: `import { signRequest } from "altalune/client"`. */
export { type RequestToSign, type SignedRequestFields, signRequest } from "./sign-request.js";
