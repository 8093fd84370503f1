/** A value at a time, in hours. */
export type Point = readonly [hours: number, value: number];

export interface Slope {
  readonly perHour: number;
  /** Twice the standard error: the slope is that sure. */
  readonly plusMinus: number;
}

/** By least squares. */
export function slope(points: readonly Point[]): Slope {
  const count = points.length;
  const mean = (place: 0 | 1) => points.reduce((sum, point) => sum + point[place], 0) / count;
  const [meanHours, meanValue] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [hours]) => sum + (hours - meanHours) ** 2, 0);
  const perHour =
    points.reduce((sum, [hours, value]) => sum + (hours - meanHours) * (value - meanValue), 0) / (spread || Number.NaN);
  const residuals = points.reduce(
    (sum, [hours, value]) => sum + (value - meanValue - perHour * (hours - meanHours)) ** 2,
    0,
  );
  return { perHour, plusMinus: 2 * Math.sqrt(residuals / (count - 2) / spread) };
}

/** The first and the second half of what was seen. */
export function halves<T>(seen: readonly T[]): readonly [readonly T[], readonly T[]] {
  const middle = seen.length >> 1;
  return [seen.slice(0, middle + 1), seen.slice(middle)];
}
