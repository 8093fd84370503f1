/** A misspelt name, which an error may show; a secret is longer. */
export const harmlessName = /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/;
