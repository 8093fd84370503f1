/** What webhooks are told of, by the contract's names. */
export const eventTypes: readonly string[] = [
  "api_key.created",
  "api_key.updated",
  "api_key.activated",
  "api_key.deactivated",
  "api_key.revoked",
  "api_key.rotated",
  "api_key.unclaimed",
  "api_key.deleted",
  "api_key.expiring",
  "api_key.expired",
  "api_key.rotation_due",
  "api_key.exposed",
  "api_key.suspicious",
  "api_key.limit_reached",
  "project.updated",
  "project.deleted",
];

/** What comes of trying one. */
export const testEventType = "webhook.test";
