/** What a heap holds, in bytes. */
export interface Held {
  /** What only the cache of records keeps: as many as it may remember at most, some larger than others. */
  readonly records: number;
  /** What V8 makes for itself of functions: code, feedback, what depends on which. */
  readonly compiled: number;
  readonly rest: number;
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
  const held = { records: 0, compiled: 0, rest: 0 };
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
  readonly #nodeAt: (field: string) => number;
  readonly #firstEdges: Uint32Array;

  constructor(snapshot: Snapshot) {
    const { node_fields } = snapshot.snapshot.meta;
    this.#snapshot = snapshot;
    this.#nodeAt = (field) => node_fields.indexOf(field);
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

  /** Which are kept alive by some, 1 for each, without what is beyond others. */
  reached(from: readonly number[], except: ReadonlySet<number>): Uint8Array {
    const { meta } = this.#snapshot.snapshot;
    const { edges } = this.#snapshot;
    const fields = meta.edge_fields.length;
    const [typeAt, toAt] = [meta.edge_fields.indexOf("type"), meta.edge_fields.indexOf("to_node")];
    const weak = meta.edge_types[0].indexOf("weak");
    const seen = new Uint8Array(this.nodes.length);
    const waiting = [...from];
    for (const node of from) {
      seen[node] = 1;
    }
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (let edge = this.#firstEdges[node] ?? 0; edge < (this.#firstEdges[node + 1] ?? 0); edge++) {
        const to = (edges[edge * fields + toAt] ?? 0) / meta.node_fields.length;
        if (edges[edge * fields + typeAt] !== weak && seen[to] === 0 && !except.has(to)) {
          seen[to] = 1;
          waiting.push(to);
        }
      }
    }
    return seen;
  }

  #field(node: number, field: string): number {
    const { nodes, snapshot } = this.#snapshot;
    return nodes[node * snapshot.meta.node_fields.length + this.#nodeAt(field)] ?? Number.NaN;
  }
}
