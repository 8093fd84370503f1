import type { Path } from "@bufbuild/protobuf/reflect";
import { Violation, violationsToProto } from "@bufbuild/protovalidate";
import { Code, ConnectError } from "@connectrpc/connect";

/** A field of a request that does not follow a rule. Neither path nor text may hold anything of the request's values. */
export interface FieldViolation {
  readonly path: Path;
  /** What the field must be, as in `name: must be …`. */
  readonly rule: string;
  readonly ruleId: string;
}

/** How many are told; a batch of a thousand bad requests needs no more to be understood. */
const mostTold = 20;

/** `invalid_argument` that names the fields, with buf.validate.Violations as its detail. */
export function invalidArgument(violations: readonly FieldViolation[]): ConnectError {
  const told = violations.slice(0, mostTold).map((violation) => ({ ...violation, path: withoutKeys(violation.path) }));
  const sentences = told.map(({ path, rule }) => (path.length === 0 ? rule : `${pathText(path)}: ${rule}`));
  if (violations.length > told.length) {
    sentences.push(`and ${violations.length - told.length} more`);
  }
  const [value, desc] = violationsToProto(
    told.map(({ path, rule, ruleId }) => new Violation(rule, ruleId, [...path], [], false)),
  );
  return new ConnectError(sentences.join("; "), Code.InvalidArgument, undefined, [{ desc, value }]);
}

/** The key of a map entry is the client's own text: the path ends at the map. */
export function withoutKeys(path: Path): Path {
  const key = path.findIndex((element) => element.kind === "map_sub");
  return key === -1 ? path : path.slice(0, key);
}

/** `query.pagination.page`, `requests[3].key`. */
export function pathText(path: Path): string {
  let text = "";
  for (const element of path) {
    if (element.kind === "list_sub") {
      text += `[${element.index}]`;
    } else if (element.kind !== "map_sub") {
      text += text === "" ? nameOf(element) : `.${nameOf(element)}`;
    }
  }
  return text;
}

function nameOf(element: Exclude<Path[number], { index: number } | { key: unknown }>): string {
  return element.kind === "extension" ? `[${element.typeName}]` : element.name;
}
