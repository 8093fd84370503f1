import { DomainError } from "../domain-error.js";

/** There is no such project, or the caller may not know that there is. */
export class ProjectNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "PROJECT_NOT_FOUND";

  constructor() {
    super("no such project, or this root key does not reach it; see ProjectService.QueryProjects");
  }
}
