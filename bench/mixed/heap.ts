import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Held, heldIn } from "./snapshot.js";

/** Has a process collect its garbage, so that its heap shows what it holds. */
export async function collectGarbage(inspectorPort: number): Promise<void> {
  await using inspector = await connectInspector(inspectorPort);
  await inspector.send("HeapProfiler.collectGarbage");
}

/** The folder for snapshots, which DevTools opens; without it, none is kept. */
const snapshots = process.env["BENCH_SNAPSHOTS"];

/** Stops the process for seconds. */
export async function takeSnapshot(inspectorPort: number, name: string): Promise<Held> {
  await using inspector = await connectInspector(inspectorPort);
  const chunks: string[] = [];
  inspector.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(String(chunk)));
  await inspector.send("HeapProfiler.enable");
  await inspector.send("HeapProfiler.collectGarbage");
  await inspector.send("HeapProfiler.takeHeapSnapshot");
  // So that collections do not go on noting where each object moves to.
  await inspector.send("HeapProfiler.disable");
  const text = chunks.join("");
  if (snapshots) {
    await mkdir(snapshots, { recursive: true });
    await writeFile(join(snapshots, `${name}.heapsnapshot`), text);
  }
  return heldIn(JSON.parse(text));
}

interface Inspector extends AsyncDisposable {
  send(method: string): Promise<void>;
  on(method: string, heard: (params: Readonly<Record<string, unknown>>) => void): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

async function connectInspector(port: number): Promise<Inspector> {
  const list = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await list.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  const listeners = new Set<(message: Message) => void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  for (const event of ["error", "close"]) {
    socket.addEventListener(event, () => failed.reject(new Error("the inspector does not answer")));
  }
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    for (const listener of listeners) {
      listener(message);
    }
  });
  const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
  await Promise.race([opened, failed.promise]);
  let sent = 0;
  return {
    async send(method) {
      const id = ++sent;
      const answer = Promise.withResolvers<void>();
      const listener = (message: Message) => {
        if (message.id === id) {
          listeners.delete(listener);
          message.error ? answer.reject(new Error(`${method}: ${message.error.message}`)) : answer.resolve();
        }
      };
      listeners.add(listener);
      socket.send(JSON.stringify({ id, method }));
      await Promise.race([answer.promise, failed.promise]);
    },
    on(method, heard) {
      listeners.add((message) => message.method === method && heard(message.params ?? {}));
    },
    [Symbol.asyncDispose]: async () => socket.close(),
  };
}
