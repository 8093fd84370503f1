/** One more than is kept: what is longer Altalune cuts before a word, so that no half of a secret is left. */
const maxAgentLength = 257;
const decimal = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const ipv6 = /^[0-9a-fA-F:.]{2,45}$/;

/** Where a request comes from, as a verification tells it: nothing, unless it is sure to be an address. */
export function sourceOf(
  address: string | undefined,
  userAgent: string | undefined,
): { readonly sourceIp?: string; readonly userAgent?: string } {
  const sourceIp = address?.split("%", 1)[0] ?? "";
  // Altalune would refuse the question itself, which is no reason to let its sender in: proxies may hand on what he has written.
  return isAddress(sourceIp) ? { sourceIp, userAgent: (userAgent ?? "").slice(0, maxAgentLength) } : {};
}

function isAddress(text: string): boolean {
  return decimal.test(text) || (ipv6.test(text) && URL.canParse(`http://[${text}]/`));
}
