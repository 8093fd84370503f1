import type { DescMethod } from "@bufbuild/protobuf";
import type { Principal } from "../../../domain/principal/model.js";
import type { CallContext } from "../../call/call-context.js";

/** What of a request may hold a credential, or say which project it is for. */
export interface CredentialedRequest {
  readonly headers: Headers;
  readonly url: string;
}

/** Finds one kind of credential. */
export type CredentialFinder = Pick<CredentialResolver, "find">;

/**
 * One kind of credential. A kind that is not in the header `Authorization` has to keep the warm way of verifications from
 * answering, too, where it comes beside a root key: `remembered-principal.ts` looks at that header alone.
 */
export interface CredentialResolver {
  /** The credential of this kind in a request, by its looks alone; undefined: none. */
  find(request: CredentialedRequest): string | undefined;

  /** Of an owner's, the public id of the project that it is for, by its looks and those of the request; undefined: none. */
  projectOf?(credential: string, request: CredentialedRequest): string | undefined;

  /**
   * Who presents it.
   *
   * @param method what is called
   * @throws DomainError when it does not work
   */
  resolve(credential: string, request: CredentialedRequest, from: CallContext, method: DescMethod): Promise<Principal>;
}
