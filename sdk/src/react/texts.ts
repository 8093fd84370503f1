/** All that the component says. */
export interface ApiKeysTexts {
  readonly title: string;
  readonly loading: string;
  readonly empty: string;
  readonly more: string;
  readonly name: string;
  readonly prefix: string;
  readonly status: string;
  readonly expires: string;
  readonly never: string;
  readonly actions: string;
  readonly active: string;
  readonly disabled: string;
  readonly expired: string;
  readonly revoked: string;
  readonly newName: string;
  readonly newScopes: string;
  readonly newLifetime: string;
  readonly create: string;
  readonly rename: string;
  readonly otherName: string;
  readonly save: string;
  /** Shows the value that a key was given by its rotation policy. */
  readonly claim: string;
  readonly claimQuestion: string;
  /** Where the policy leaves the value before no time. */
  readonly claimEndsQuestion: string;
  /** Where none waits, which a key does not always say. */
  readonly noneWaits: string;
  readonly rotate: string;
  /** What is asked before. */
  readonly rotateQuestion: string;
  /** After it, while the value before the last still works. */
  readonly endsGrace: string;
  /** What is asked before a key gets a value that has expired; its new end follows. */
  readonly renewQuestion: string;
  readonly revoke: string;
  readonly revokeQuestion: string;
  readonly confirm: string;
  readonly cancel: string;
  /** Above a value, which is shown this once. */
  readonly store: string;
  /** Where its answer was lost on the way. */
  readonly lost: string;
  readonly value: string;
  readonly copy: string;
  readonly copied: string;
  readonly stored: string;
  readonly unreachable: string;
  /** After a change, where the keys could not be listed anew. */
  readonly unlisted: string;
  readonly reload: string;
  readonly refused: string;
}

export const defaultTexts: ApiKeysTexts = {
  title: "API keys",
  loading: "Loading…",
  empty: "You have no key yet. A key lets your programs call the API.",
  more: "Show more",
  name: "Name",
  prefix: "Begins with",
  status: "Status",
  expires: "Expires",
  never: "never",
  actions: "Actions",
  active: "Active",
  disabled: "Switched off",
  expired: "Expired",
  revoked: "Revoked",
  newName: "Name of the new key",
  newScopes: "Scopes, separated by spaces (optional)",
  newLifetime: "Good for",
  create: "Create key",
  rename: "Rename",
  otherName: "Another name",
  save: "Save",
  claim: "Show the new value",
  claimQuestion: "Show its new value? The value before works on for a while, so that your programs can change over.",
  claimEndsQuestion: "Show its new value? The value of now ends at once.",
  noneWaits:
    "No new value waits: none was made yet, it was used already, or its time is over. If it was lost, rotate the key.",
  rotate: "Rotate",
  rotateQuestion: "Give it a new value? The value of now works for another day.",
  endsGrace: "The one before it, which still works, ends at once.",
  renewQuestion: "It has expired. Give it a new value and another end?",
  revoke: "Revoke",
  revokeQuestion: "Revoke it for good? Programs that use it are refused.",
  confirm: "Yes",
  cancel: "Cancel",
  store: "Store this value now. It is not shown again.",
  lost: "It is done, but the answer with its value was lost. Rotate the key for another value.",
  value: "Value of the key",
  copy: "Copy",
  copied: "Copied",
  stored: "I have stored it",
  unreachable: "The server does not answer. Try again.",
  unlisted: "It is done, but the list could not be loaded: it is from before.",
  reload: "Load the list again",
  refused: "Your session here has ended.",
};
