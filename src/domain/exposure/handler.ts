import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ExposureService as ExposureServiceDescriptor,
  ReportExposedKeyResponseSchema,
} from "../../../gen/altalune/v1/exposure_pb.js";
import { digestOf } from "../api_key/secret-format.js";
import { originOf, someCallerOf } from "../caller-context.js";
import { InvalidFieldError } from "../domain-error.js";
import { exposurePolicyToProto } from "../project/mapper.js";
import { propagationToProto } from "../proto-values.js";
import type { ExposureService } from "./service.js";
import { tellsValue } from "./tells-value.js";

export function exposureHandler(exposures: ExposureService): ServiceImpl<typeof ExposureServiceDescriptor> {
  return {
    async reportExposedKey({ key, source, url }, context) {
      for (const [field, text] of Object.entries({ source, url })) {
        if (tellsValue(text, key)) {
          throw new InvalidFieldError(
            field,
            "must not hold the key, nor another secret: say it without",
            "text.secret",
          );
        }
      }
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
