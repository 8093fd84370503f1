import type { RootKeyService } from "../../../domain/root_key/service.js";
import type { CredentialResolver } from "./resolver.js";
import { rootKeyCredential } from "./root-key.js";

/** What knows who holds which credential. */
export interface CredentialServices {
  readonly rootKeys: RootKeyService;
}

/** Every kind of credential that a call may come with. */
export function credentialResolvers({ rootKeys }: CredentialServices): readonly CredentialResolver[] {
  return [rootKeyCredential(rootKeys)];
}
