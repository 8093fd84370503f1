import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.js";

/** What a client learns of a denial. */
export interface Denial {
  readonly code: string;
  /** Of google.rpc.ErrorInfo; empty without. */
  readonly reason: string;
  /** The fields that buf.validate.Violations name, dotted; a rule on the whole message has an empty one. */
  readonly fields: readonly string[];
  readonly message: string;
}

/** The denial of a call that is expected to be refused. */
export async function denialOf(call: Promise<unknown>): Promise<Denial> {
  try {
    await call;
  } catch (error) {
    const refused = ConnectError.from(error);
    const violations = refused.findDetails(ViolationsSchema).flatMap((detail) => detail.violations);
    return {
      code: Code[refused.code] ?? "",
      reason: refused.findDetails(ErrorInfoSchema)[0]?.reason ?? "",
      fields: violations.map(({ field }) => (field?.elements ?? []).map(({ fieldName }) => fieldName).join(".")),
      message: refused.rawMessage,
    };
  }
  throw new Error("the call was not refused");
}
