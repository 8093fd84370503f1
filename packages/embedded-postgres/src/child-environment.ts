/**
 * What Postgres gets of our environment: nothing that could hold a secret of ours, or a PG variable meant for another
 * server. Its messages are English, since we read some of them.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = ["PATH", "TZ", "SystemRoot", "TEMP", "TMP", "LD_LIBRARY_PATH"];
  const passed = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), LC_ALL: "C", ...more };
}
