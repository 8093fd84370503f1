import type { PortalService } from "../../../domain/portal/service.js";
import type { RootKeyService } from "../../../domain/root_key/service.js";
import type { SessionService } from "../../../domain/session/service.js";
import type { TrustedIssuerService } from "../../../domain/trusted_issuer/service.js";
import type { PublicUrl } from "../../../platform/public-url.js";
import { accessToken } from "./access-token.js";
import { ownerJwtCredential } from "./owner-jwt.js";
import { portalTokenCredential } from "./portal-token.js";
import type { CredentialResolver } from "./resolver.js";
import { rootKeyCredential } from "./root-key.js";
import { sessionCookie } from "./session-cookie.js";

/** What knows who holds which credential. */
export interface CredentialServices {
  readonly rootKeys: RootKeyService;
  readonly portal: PortalService;
  readonly sessions: SessionService;
  readonly publicUrl: PublicUrl;
  readonly trustedIssuers: TrustedIssuerService;
}

/** Every kind of credential that a call may come with. */
export function credentialResolvers({
  rootKeys,
  portal,
  trustedIssuers,
  sessions,
  publicUrl,
}: CredentialServices): readonly CredentialResolver[] {
  return [
    rootKeyCredential(rootKeys),
    portalTokenCredential(portal),
    ownerJwtCredential(trustedIssuers),
    sessionCookie(sessions, publicUrl),
    accessToken(sessions),
  ];
}
