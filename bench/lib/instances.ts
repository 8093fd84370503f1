import { type ServiceProcess, type SharedDatabase, type StartOptions, startService } from "./service-process.js";

/** Several processes of the product on one database. */
export interface Instances extends AsyncDisposable {
  readonly services: readonly ServiceProcess[];
}

/** @param options what each is started with, by its place, beside what it shares with the first */
export async function startInstances(
  databaseUrl: string,
  count: number,
  options: (place: number) => Omit<SharedDatabase, "keys">,
  start?: StartOptions,
): Promise<Instances> {
  await using started = new AsyncDisposableStack();
  const services: ServiceProcess[] = [];
  while (services.length < count) {
    const [first] = services;
    const own = options(services.length);
    services.push(started.use(await startService(databaseUrl, first ? { ...own, keys: first } : own, start)));
  }
  const all = started.move();
  return { services, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
