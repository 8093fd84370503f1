/** Every message, enum and service of the contract, with their schemas: `import { ApiKeySchema } from "@altalune/sdk/messages"`. */
export * from "./gen/altalune/v1/api_key_pb.js";
export * from "./gen/altalune/v1/audit_pb.js";
export * from "./gen/altalune/v1/common_pb.js";
export * from "./gen/altalune/v1/exposure_pb.js";
export * from "./gen/altalune/v1/my_api_key_pb.js";
export * from "./gen/altalune/v1/notice_pb.js";
export * from "./gen/altalune/v1/portal_pb.js";
export * from "./gen/altalune/v1/project_pb.js";
export * from "./gen/altalune/v1/rotation_pb.js";
export * from "./gen/altalune/v1/tier_pb.js";
export * from "./gen/altalune/v1/usage_pb.js";
export * from "./gen/altalune/v1/user_pb.js";
export * from "./gen/altalune/v1/verification_pb.js";
export * from "./gen/altalune/v1/webhook_pb.js";
