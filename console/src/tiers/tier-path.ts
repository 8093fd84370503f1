/** Where a tier is changed: below a word of its own, since a tier may be called `new`. */
export function tierPath(name: string): string {
  return `/tiers/of/${encodeURIComponent(name)}`;
}
