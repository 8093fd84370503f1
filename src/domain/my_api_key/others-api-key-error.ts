import { ApiKeyNotFoundError } from "../api_key/errors.js";

/** The key is another owner's: to clients that it is not there, but where it was always told. */
export class OthersApiKeyError extends ApiKeyNotFoundError {}
