import { type ServiceProcess, type SharedDatabase, startService } from "./service-process.js";

/** Several processes of the product on one database. */
export interface Instances extends AsyncDisposable {
  readonly services: readonly ServiceProcess[];
}

/** @param options what one more is started with, beside what it shares with the first */
export async function startInstances(
  databaseUrl: string,
  count: number,
  options: Omit<SharedDatabase, "keys">,
): Promise<Instances> {
  await using started = new AsyncDisposableStack();
  const services: ServiceProcess[] = [];
  while (services.length < count) {
    const [first] = services;
    services.push(started.use(await startService(databaseUrl, first ? { ...options, keys: first } : options)));
  }
  const all = started.move();
  return { services, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
