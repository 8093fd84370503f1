export interface OtherRoute {
  readonly operationId: string;
  readonly summary: string;
}

/** Of rpcs that have a second route, for what is in no project. */
export const otherRoutes: Readonly<Record<string, OtherRoute>> = {
  QueryAuditEvents: {
    operationId: "queryInstanceAuditEvents",
    summary: "Lists the events of the instance itself",
  },
  VerifyAuditTrail: {
    operationId: "verifyInstanceAuditTrail",
    summary: "Walks the chain of the instance itself",
  },
};
