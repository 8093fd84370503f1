import { InvalidFieldError } from "../domain-error.js";
import type { ApiKeyFilter, ApiKeyStatus } from "./model.js";

const statusPrefix = "API_KEY_STATUS_";

/** The values of the filter `status`. */
export const statusNames = ["active", "disabled", "expired", "revoked"].map(
  (status) => statusPrefix + status.toUpperCase(),
);

/** The most that the filter `expiring_within_days` takes. */
export const maxDays = 36_500;

/**
 * Checks the filters whose values are not free text, and puts statuses in the model's words.
 *
 * @throws InvalidFieldError
 */
export function checkFilters(
  filters: ReadonlyMap<ApiKeyFilter, readonly string[]>,
): ReadonlyMap<ApiKeyFilter, readonly string[]> {
  const checked = new Map(filters);
  const statuses = filters.get("status");
  if (statuses !== undefined) {
    checked.set("status", statuses.map(statusOf));
  }
  const days = filters.get("expiring_within_days");
  if (days !== undefined && !(days.length === 1 && isDays(days[0]))) {
    throw new InvalidFieldError(
      "query.filters",
      `expiring_within_days must be one whole number of days from 0 to ${maxDays}`,
    );
  }
  return checked;
}

function statusOf(name: string): ApiKeyStatus {
  if (!statusNames.includes(name)) {
    throw new InvalidFieldError("query.filters", `status must be one of ${statusNames.join(", ")}`);
  }
  return name.slice(statusPrefix.length).toLowerCase() as ApiKeyStatus;
}

function isDays(text: string | undefined): boolean {
  return text !== undefined && /^[0-9]{1,5}$/.test(text) && Number(text) <= maxDays;
}
