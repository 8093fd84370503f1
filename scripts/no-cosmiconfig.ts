/**
 * Stands for cosmiconfig in the bundle. graphile-worker would look by it for a file of settings, and run it, in the folder that the
 * service happens to be started in; all of its settings are given by src/app/job-runner.ts.
 */
export function cosmiconfigSync(): { search(): null } {
  return { search: () => null };
}
