import { DomainError } from "../domain-error.js";

/** What a request asked for was done before, and the project is gone since. */
export class CreatedProjectGoneError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "PROJECT_NOT_FOUND";

  constructor() {
    super(
      "the project that the first call with this request_id made is deleted; to create another, send another request_id",
    );
  }
}

/** There is no such project, or the caller may not know that there is. */
export class ProjectNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "PROJECT_NOT_FOUND";

  constructor() {
    super("no such project, or your credential does not reach it; see ProjectService.QueryProjects");
  }
}
