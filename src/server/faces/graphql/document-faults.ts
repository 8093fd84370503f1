import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { maxAliases, maxDepth, maxDirectives } from "./limits.js";

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Why a document is not looked at any closer: it asks for more than one request may. Whatever it is, this takes time that grows with
 * its length.
 */
export function documentFaults(document: DocumentNode): readonly string[] {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations as readonly OperationDefinitionNode[];
  if (operation === undefined || operations.length > 1) {
    return [`a request takes one operation, and this document has ${operations.length}`];
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    return ["there are no subscriptions; ask by a query"];
  }
  const fragments: Fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  );
  const depths = new Depths(fragments);
  const depth = depths.of(operation.selectionSet);
  if (depth === undefined) {
    return ["the fragments of this document go round in a circle"];
  }
  return [
    ...(depth > maxDepth ? [`a document is at most ${maxDepth} fields deep, and this one is ${depth}`] : []),
    ...countFaults(document),
    ...mutationFaults(operation, fragments),
  ];
}

/** How deep selections are; undefined: without end. Each fragment is gone through once, however often it is spread. */
class Depths {
  readonly #fragments: Fragments;
  readonly #known = new Map<string, number | undefined>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  of(selections: SelectionSetNode | undefined): number | undefined {
    let deepest = 0;
    for (const selection of selections?.selections ?? []) {
      const depth =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.#ofFragment(selection.name.value)
          : selection.kind === Kind.FIELD && isIntrospection(selection)
            ? 1
            : this.of(selection.selectionSet);
      if (depth === undefined) {
        return undefined;
      }
      deepest = Math.max(deepest, selection.kind === Kind.FIELD ? depth + 1 : depth);
    }
    return deepest;
  }

  #ofFragment(name: string): number | undefined {
    if (!this.#known.has(name)) {
      // Whoever comes here again before it is known has gone in a circle.
      this.#known.set(name, undefined);
      this.#known.set(name, this.of(this.#fragments.get(name)?.selectionSet));
    }
    return this.#known.get(name);
  }
}

function isIntrospection({ name }: FieldNode): boolean {
  return name.value === "__schema" || name.value === "__type";
}

function countFaults(document: DocumentNode): readonly string[] {
  let aliases = 0;
  let directives = 0;
  /** By which names the answer is to have a field that is the same each time. */
  const names = new Map<string, Set<string>>();
  visit(document, {
    Field({ name, alias, arguments: given = [] }) {
      aliases += alias === undefined ? 0 : 1;
      if (given.length === 0) {
        const known = names.get(name.value) ?? new Set();
        names.set(name.value, known.add(alias?.value ?? name.value));
      }
    },
    Directive() {
      directives += 1;
    },
  });
  const repeats = Math.max(0, ...[...names.values()].map(({ size }) => size));
  return [
    ...(aliases > maxAliases ? [`a document has at most ${maxAliases} aliases, and this one has ${aliases}`] : []),
    ...(directives > maxDirectives
      ? [`a document has at most ${maxDirectives} directives, and this one has ${directives}`]
      : []),
    ...(repeats > 1
      ? [`a field without arguments has one name in a document, and this one asks for one by ${repeats} aliases`]
      : []),
  ];
}

/** One change a request: of several it could not be told which were made, when no answer comes. */
function mutationFaults({ operation, selectionSet }: OperationDefinitionNode, fragments: Fragments): readonly string[] {
  if (operation !== OperationTypeNode.MUTATION) {
    return [];
  }
  const spread = new Set<string>();
  const fieldsIn = (selections: SelectionSetNode | undefined): number => {
    let fields = 0;
    for (const selection of selections?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        fields += 1;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        fields += fieldsIn(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        fields += fieldsIn(fragments.get(selection.name.value)?.selectionSet);
      }
    }
    return fields;
  };
  const fields = fieldsIn(selectionSet);
  return fields > 1 ? [`a request takes one mutation, and this document has ${fields}`] : [];
}
