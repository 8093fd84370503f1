import { ForeignPageError } from "../../../domain/session/errors.js";
import type { SessionService } from "../../../domain/session/service.js";
import type { PublicUrl } from "../../../platform/public-url.js";
import { isChange } from "../../call/rpc-table.js";
import { isUnformed, requireOwnPage } from "../own-page.js";
import { SessionCookies } from "../session-cookie.js";
import type { CredentialResolver } from "./resolver.js";

/** The cookie of a user's session. What changes anything has to come from a page of our own. */
export function sessionCookie(sessions: SessionService, publicUrl: PublicUrl): CredentialResolver {
  const cookies = new SessionCookies(publicUrl);
  return {
    find: ({ headers }) => cookies.read(headers.get("cookie")).session,
    async resolve(token, { headers }, _from, method) {
      const principal = sessions.remembered(token) ?? (await sessions.authenticate(token));
      if (isChange(method)) {
        requireOwnPage({ origin: headers.get("origin"), site: headers.get("sec-fetch-site") }, publicUrl);
        const hasBody = headers.get("content-type") !== null || (headers.get("content-length") ?? "0") !== "0";
        if (hasBody && !isUnformed(headers.get("content-type"))) {
          throw new ForeignPageError();
        }
      }
      return principal;
    },
  };
}
