const left = new Set<AsyncDisposable>();

/** What must not outlive this process: disposed of by its user, or here when the run is interrupted. */
export function owned<T extends AsyncDisposable>(resource: T): T {
  left.add(resource);
  const dispose = resource[Symbol.asyncDispose].bind(resource);
  resource[Symbol.asyncDispose] = async () => {
    left.delete(resource);
    await dispose();
  };
  return resource;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    for (const resource of [...left].reverse()) {
      await Promise.resolve(resource[Symbol.asyncDispose]()).catch(() => undefined);
    }
    process.exit(1);
  });
}
