import type { DescService } from "@bufbuild/protobuf";

/** In the order in which somebody meets them. */
const names: Readonly<Record<string, string>> = {
  ProjectService: "Projects",
  ApiKeyService: "API keys",
  VerificationService: "Verification",
  TierService: "Tiers",
  UsageService: "Usage",
  AuditService: "Audit trail",
  WebhookService: "Webhooks",
  PortalService: "Portal",
  ExposureService: "Exposure",
  MyApiKeyService: "My API keys",
  UserService: "Users",
};

export function tagOf({ name }: DescService): string {
  const tag = names[name];
  if (tag === undefined) {
    throw new Error(`${name} has no tag yet`);
  }
  return tag;
}

export function byTag(a: DescService, b: DescService): number {
  const order = Object.keys(names);
  return order.indexOf(a.name) - order.indexOf(b.name);
}
