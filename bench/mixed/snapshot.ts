/** What a heap holds, in bytes. */
export interface Held {
  /** What only the cache of records keeps: as many as it may remember at most, some larger than others. */
  readonly records: number;
  /** What V8 makes for itself of functions: code, feedback, what depends on which. */
  readonly compiled: number;
  readonly rest: number;
  /** How many sources there are to compile: what V8 makes of each is bounded. */
  readonly scripts: number;
}

/** Of V8's format of snapshots, what is read here. */
export interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      /** Of the field `type` first, what each number stands for. */
      readonly node_types: readonly [readonly string[], ...unknown[]];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  /** The fields of one node after those of another; the first is the root. */
  readonly nodes: readonly number[];
  /** The fields of one edge after those of another, in the order of the nodes that they come from. */
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** The class of the product that keeps records. */
const cacheName = "RecordCache";

export function heldIn(snapshot: Snapshot): Held {
  const graph = new Graph(snapshot);
  const caches = graph.nodes.filter((node) => graph.type(node) === "object" && graph.name(node) === cacheName);
  if (caches.length === 0) {
    throw new Error(`there is no ${cacheName} in the snapshot`);
  }
  const elsewhere = graph.reached([0], new Set(caches));
  const fromCaches = graph.reached(caches, new Set());
  const held = { records: 0, compiled: 0, rest: 0, scripts: graph.scripts() };
  for (const node of graph.nodes) {
    const size = graph.size(node);
    if (isMadeByV8(graph.type(node), graph.name(node))) {
      held.compiled += size;
    } else if (fromCaches[node] === 1 && elsewhere[node] === 0) {
      held.records += size;
    } else {
      held.rest += size;
    }
  }
  return held;
}

function isMadeByV8(type: string, name: string): boolean {
  return type === "code" || (type === "hidden" && name === "system / WeakArrayList");
}

/** Nodes are told by their place: 0 is the root. */
class Graph {
  readonly nodes: readonly number[];
  readonly #snapshot: Snapshot;
  readonly #firstEdges: Uint32Array;

  constructor(snapshot: Snapshot) {
    const { node_fields } = snapshot.snapshot.meta;
    this.#snapshot = snapshot;
    this.nodes = Array.from({ length: snapshot.nodes.length / node_fields.length }, (_, node) => node);
    this.#firstEdges = new Uint32Array(this.nodes.length + 1);
    for (const node of this.nodes) {
      this.#firstEdges[node + 1] = (this.#firstEdges[node] ?? 0) + this.#field(node, "edge_count");
    }
  }

  type(node: number): string {
    return this.#snapshot.snapshot.meta.node_types[0][this.#field(node, "type")] ?? "";
  }

  name(node: number): string {
    return this.#snapshot.strings[this.#field(node, "name")] ?? "";
  }

  size(node: number): number {
    return this.#field(node, "self_size");
  }

  /** How many nodes are a script of something. */
  scripts(): number {
    const internal = this.#edgeType("internal");
    const { edges, strings, snapshot } = this.#snapshot;
    const found = new Set<number>();
    for (let edge = 0; edge < edges.length / snapshot.meta.edge_fields.length; edge++) {
      if (this.#edge(edge, "type") === internal && strings[this.#edge(edge, "name_or_index")] === "script") {
        found.add(this.#edge(edge, "to_node"));
      }
    }
    return found.size;
  }

  /** Which are kept alive by some, 1 for each, without what is beyond others. */
  reached(from: readonly number[], except: ReadonlySet<number>): Uint8Array {
    const weak = this.#edgeType("weak");
    const fieldsOfNode = this.#snapshot.snapshot.meta.node_fields.length;
    const seen = new Uint8Array(this.nodes.length);
    const waiting = [...from];
    for (const node of from) {
      seen[node] = 1;
    }
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (let edge = this.#firstEdges[node] ?? 0; edge < (this.#firstEdges[node + 1] ?? 0); edge++) {
        const to = this.#edge(edge, "to_node") / fieldsOfNode;
        if (this.#edge(edge, "type") !== weak && seen[to] === 0 && !except.has(to)) {
          seen[to] = 1;
          waiting.push(to);
        }
      }
    }
    return seen;
  }

  #field(node: number, field: string): number {
    const { nodes, snapshot } = this.#snapshot;
    const { node_fields } = snapshot.meta;
    return nodes[node * node_fields.length + node_fields.indexOf(field)] ?? Number.NaN;
  }

  #edge(edge: number, field: string): number {
    const { edges, snapshot } = this.#snapshot;
    const { edge_fields } = snapshot.meta;
    return edges[edge * edge_fields.length + edge_fields.indexOf(field)] ?? Number.NaN;
  }

  #edgeType(name: string): number {
    return this.#snapshot.snapshot.meta.edge_types[0].indexOf(name);
  }
}
