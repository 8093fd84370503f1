import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ExposureService as ExposureServiceDescriptor,
  ReportExposedKeyResponseSchema,
} from "../../../gen/altalune/v1/exposure_pb.js";
import { digestOf } from "../api_key/secret-format.js";
import { originOf, someCallerOf } from "../caller-context.js";
import { exposurePolicyToProto } from "../project/mapper.js";
import { propagationToProto } from "../proto-values.js";
import type { ExposureService } from "./service.js";

export function exposureHandler(exposures: ExposureService): ServiceImpl<typeof ExposureServiceDescriptor> {
  return {
    async reportExposedKey({ key, source, url }, context) {
      const found = { digest: digestOf(key), source, url };
      const caller = someCallerOf(context);
      const treated = await (caller === undefined
        ? exposures.take(originOf(context), found)
        : exposures.takeOf(caller, found));
      return create(ReportExposedKeyResponseSchema, {
        message: "thank you; if it is the value of a key, that is dealt with",
        ...(treated && {
          message: "the key is dealt with as the policy says",
          projectId: treated.projectPublicId,
          apiKeyId: treated.apiKey.publicId,
          policy: exposurePolicyToProto(treated.policy),
          propagation: propagationToProto(treated.propagation),
        }),
      });
    },
  };
}
