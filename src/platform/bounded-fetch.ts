/** Fetches as `fetch` does, and reads no more than so many bytes: whoever answers decides how many come. */
export function boundedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) {
      return response;
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body) {
      length += chunk.length;
      if (length > maxBytes) {
        throw new TypeError(`the answer has more than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks), response);
  };
}
