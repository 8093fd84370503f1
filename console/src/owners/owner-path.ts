/** Where an owner's keys are. Behind the path: an id of somebody else's system may hold anything, such as a slash, or dots alone. */
export function ownerPath(projectId: string, ownerId: string): string {
  return `/projects/${projectId}/owners?${new URLSearchParams({ owner: ownerId })}`;
}
