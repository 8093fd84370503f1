/** Whether a field holds a number that the contract has room for, or nothing. */
export function isWholeNumber(text: string): boolean {
  return /^\s*[0-9]{0,10}\s*$/.test(text) && Number(text) < 2 ** 32;
}
