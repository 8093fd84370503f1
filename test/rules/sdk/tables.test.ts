import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { AuditService } from "../../../gen/altalune/v1/audit_pb.js";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { TierService } from "../../../gen/altalune/v1/tier_pb.js";
import { UsageService } from "../../../gen/altalune/v1/usage_pb.js";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { mayRetry } from "../../../sdk/src/retries.js";
import { missingScopes } from "../../../sdk/src/scopes.js";
import { missingScopes as serversMissingScopes } from "../../../src/domain/scope.js";
import { rpcRule } from "../../../src/server/call/rpc-table.js";

const services = [ApiKeyService, AuditService, ProjectService, TierService, UsageService, VerificationService];

test("the SDK sends again what Altalune says may always be sent again, and nothing else", () => {
  const methods = services.flatMap((service) => service.methods);
  const saying = (by: (method: (typeof methods)[number]) => boolean | undefined) =>
    Object.fromEntries(methods.map((method) => [method.name, by(method)]));
  expect(saying(mayRetry)).toEqual(saying((method) => rpcRule(method)?.mayRetry === true));
});

test("the SDK's requireScopes covers what Altalune's scopes cover", () => {
  const segment = fc.constantFrom("a", "b", "orders", "*");
  const scope = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join(":"));
  const required = scope.map((text) => text.replaceAll("*", "c"));
  fc.assert(
    fc.property(fc.array(scope, { maxLength: 4 }), fc.array(required, { maxLength: 4 }), (granted, needed) => {
      expect(missingScopes(granted, needed)).toEqual(serversMissingScopes(granted, needed));
    }),
  );
});
