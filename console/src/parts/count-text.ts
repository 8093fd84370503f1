const number = new Intl.NumberFormat("en");

export function countText(count: bigint | number): string {
  return number.format(count);
}
