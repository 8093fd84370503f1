import type { DescMethod } from "@bufbuild/protobuf";
import { admitPage, callerKey, originKey, ownerKey } from "../../domain/caller-context.js";
import type { PageOrigins } from "../../domain/page-origins.js";
import { OwnerCredentialInvalidError, TwoCredentialsError } from "../../domain/principal/errors.js";
import type { Principal } from "../../domain/principal/model.js";
import type { ProjectService } from "../../domain/project/service.js";
import { RootKeyInvalidError } from "../../domain/root_key/errors.js";
import { type CallContext, callContextKey, principalLabelKey } from "../call/call-context.js";
import type { RequestGate } from "../call/pipeline.js";
import { rpcRule, takes } from "../call/rpc-table.js";
import { authorize } from "./authorize.js";
import type { CredentialedRequest, CredentialFinder, CredentialResolver } from "./credentials/resolver.js";
import { ownerOfUser } from "./owner-of-user.js";

/** What knows which pages may call for owners of keys. */
export interface OwnersServices {
  readonly projects: ProjectService;
  readonly pages: PageOrigins;
}

/**
 * What every rpc passes before its body is read: who calls, by the one credential of the request, and whether they may. An rpc
 * that is open to everybody needs no credential, and looks at one only where it tells more to whoever has it.
 */
export function createAuthorityGate(resolvers: readonly CredentialResolver[], owners?: OwnersServices): RequestGate {
  return async (context) => {
    const { method, requestHeader, url, values } = context;
    const from = values.get(callContextKey);
    const { open, tellsMore } = rpcRule(method) ?? {};
    const request = { headers: requestHeader, url };
    const presented = open === true && tellsMore === undefined ? undefined : findCredential(resolvers, request);
    // What is presented and cannot be read is no reason to take somebody for nobody.
    const isPresented = presented !== undefined || requestHeader.has("authorization");
    if (open === true && !(tellsMore !== undefined && isPresented)) {
      values.set(originKey, from);
      return;
    }
    if (owners !== undefined && takes(method, "owner")) {
      await admitOwnersPage(context, owners, presented?.resolver.projectOf?.(presented.credential, request));
    }
    const caller = await authenticate(presented, request, from, method);
    const isForOwners = takes(method, "owner") && !takes(method, caller.kind);
    const principal =
      caller.kind === "user" && owners !== undefined && isForOwners
        ? await ownerOfUser(caller, request, owners.projects)
        : caller;
    const { actor } = principal;
    values.set(principalLabelKey, actor);
    const denial = authorize(principal, method);
    if (denial !== undefined) {
      throw denial;
    }
    if (principal.kind === "owner") {
      const { project, ownerId, permissions } = principal;
      values.set(ownerKey, { actor, project, ownerId, permissions, ...from });
    } else {
      const { scopes, projects, userId, sessionId } = principal;
      values.set(callerKey, { actor, scopes, projects, userId, sessionId, ...from });
    }
  };
}

/** Before it is known who calls: the page is to read why a token is refused, too. @throws OriginNotAllowedError */
async function admitOwnersPage(
  context: Parameters<RequestGate>[0],
  { projects, pages }: OwnersServices,
  projectPublicId: string | undefined,
): Promise<void> {
  const isPage = context.requestHeader.has("origin");
  const project = isPage && projectPublicId !== undefined ? await projects.named(projectPublicId) : undefined;
  if (project !== undefined) {
    admitPage(context, pages, project);
  }
}

/** @throws DomainError */
async function authenticate(
  presented: FoundCredential<CredentialResolver> | undefined,
  request: CredentialedRequest,
  from: CallContext,
  method: DescMethod,
): Promise<Principal> {
  try {
    if (presented === undefined) {
      throw new RootKeyInvalidError();
    }
    return await presented.resolver.resolve(presented.credential, request, from, method);
  } catch (error) {
    // What works nowhere says how to come here, which is not by a root key everywhere.
    const isForOwners = takes(method, "owner") && !takes(method, "root_key");
    throw error instanceof RootKeyInvalidError && isForOwners ? new OwnerCredentialInvalidError() : error;
  }
}

interface FoundCredential<Finder> {
  readonly resolver: Finder;
  readonly credential: string;
}

/**
 * The one credential of a request; undefined: none.
 *
 * @throws TwoCredentialsError
 */
export function findCredential<Finder extends CredentialFinder>(
  resolvers: readonly Finder[],
  request: CredentialedRequest,
): FoundCredential<Finder> | undefined {
  const found = resolvers.flatMap((resolver) => {
    const credential = resolver.find(request);
    return credential === undefined ? [] : [{ resolver, credential }];
  });
  if (found.length > 1) {
    throw new TwoCredentialsError();
  }
  return found[0];
}
