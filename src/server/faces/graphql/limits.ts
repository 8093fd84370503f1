/** What one request may ask for. docs/self-service.md says the numbers. */

/** Of a request's body, in bytes. */
export const maxBodyBytes = 32 * 1024;

/** Of the document in it, in bytes. */
export const maxDocumentBytes = 8 * 1024;

/** Words, numbers and signs of a document. A query that uses all aliases for all that is known of a key has 400. */
export const maxTokens = 500;

/** Fields in fields. Introspection, where it is on, has a limit of its own. */
export const maxDepth = 8;

/** Lists and objects in each other; what takes most is a list of scopes. */
export const maxVariableLevels = 8;

export const maxAliases = 20;

export const maxDirectives = 20;

/** How many faults of a document are told. */
export const maxFaults = 5;
