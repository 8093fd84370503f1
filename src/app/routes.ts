import type { ConnectRouter } from "@connectrpc/connect";
import { ApiKeyService } from "../../gen/altalune/v1/api_key_pb.js";
import { AuditService } from "../../gen/altalune/v1/audit_pb.js";
import { ExposureService } from "../../gen/altalune/v1/exposure_pb.js";
import { MyApiKeyService } from "../../gen/altalune/v1/my_api_key_pb.js";
import { PortalService } from "../../gen/altalune/v1/portal_pb.js";
import { ProjectService } from "../../gen/altalune/v1/project_pb.js";
import { TierService } from "../../gen/altalune/v1/tier_pb.js";
import { UsageService } from "../../gen/altalune/v1/usage_pb.js";
import { UserService } from "../../gen/altalune/v1/user_pb.js";
import { VerificationService } from "../../gen/altalune/v1/verification_pb.js";
import { WebhookService } from "../../gen/altalune/v1/webhook_pb.js";
import { apiKeyHandler } from "../domain/api_key/handler.js";
import { auditHandler } from "../domain/audit/handler.js";
import { exposureHandler } from "../domain/exposure/handler.js";
import { myApiKeyHandler } from "../domain/my_api_key/handler.js";
import { portalHandler } from "../domain/portal/handler.js";
import { projectHandler } from "../domain/project/handler.js";
import { tierHandler } from "../domain/tier/handler.js";
import { usageHandler } from "../domain/usage/handler.js";
import { userHandler } from "../domain/user/handler.js";
import { verificationHandler } from "../domain/verification/handler.js";
import { webhookHandler } from "../domain/webhook/handler.js";
import type { Services } from "./context.js";

/** Every service of the contract. */
export function routes(services: Services): (router: ConnectRouter) => void {
  const {
    projects,
    apiKeys,
    tiers,
    audit,
    verification,
    signedRequests,
    usage,
    portal,
    myApiKeys,
    pages,
    users,
    webhooks,
    exposures,
    oddUse,
  } = services;
  return (router) =>
    void router
      .service(ProjectService, projectHandler(projects))
      .service(ApiKeyService, apiKeyHandler(apiKeys, projects, tiers))
      .service(VerificationService, verificationHandler(verification, signedRequests))
      .service(TierService, tierHandler(tiers))
      .service(UsageService, usageHandler(usage, oddUse, projects, apiKeys))
      .service(AuditService, auditHandler(audit, projects))
      .service(UserService, userHandler(users))
      .service(WebhookService, webhookHandler(webhooks, projects))
      .service(PortalService, portalHandler(portal, projects, pages))
      .service(MyApiKeyService, myApiKeyHandler(myApiKeys))
      .service(ExposureService, exposureHandler(exposures));
}
