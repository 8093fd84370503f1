import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  BatchVerifyApiKeysResponseSchema,
  type VerificationService as VerificationServiceDescriptor,
} from "../../../gen/altalune/v1/verification_pb.js";
import { inShortSlices } from "../../platform/event-loop.js";
import { callerOf } from "../caller-context.js";
import { requestFromProto, signedRequestFromProto, verdictToProto } from "./mapper.js";
import type { VerificationService } from "./service.js";
import type { SignedRequestService } from "./signed-request-service.js";

export function verificationHandler(
  verification: VerificationService,
  signedRequests: SignedRequestService,
): ServiceImpl<typeof VerificationServiceDescriptor> {
  return {
    async verifyApiKey(request, context) {
      return verdictToProto(await verification.verify(callerOf(context), requestFromProto(request)));
    },

    async batchVerifyApiKeys(request, context) {
      const caller = callerOf(context);
      const verdicts = await verification.verifyMany(caller, request.requests.map(requestFromProto));
      const responses = await inShortSlices(verdicts, caller.actor, (slice) => slice.map(verdictToProto));
      return create(BatchVerifyApiKeysResponseSchema, { responses: responses.flat() });
    },

    async verifySignedRequest(request, context) {
      return verdictToProto(await signedRequests.verify(callerOf(context), signedRequestFromProto(request)));
    },
  };
}
