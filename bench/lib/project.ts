/** A project without caps, whose keys may live for ever. */
export const uncappedProject = {
  name: "bench",
  keyPrefix: "sk-",
  maxKeysPerOwner: 0,
  allowNeverExpires: true,
  defaultScopes: [],
  defaultTier: "",
  ownerAccess: undefined,
  rotationPolicy: undefined,
  exposurePolicy: "notify",
  suspiciousPolicy: "notify",
  contactEmails: [],
  notices: { expiringDays: [30, 7, 1], rotationDueAfterMs: 7_776_000_000, muted: [] },
} as const;
