/** By name, requests that no HTTP client would send, with a secret where the protocol's own words stand. */
export function rawRequests(path: string, secret: string, caller: string): Readonly<Record<string, string>> {
  const head = (...lines: readonly string[]): string =>
    [`POST ${path} HTTP/1.1`, "Host: localhost", `Authorization: Bearer ${caller}`, ...lines, "", ""].join("\r\n");
  return {
    "the method": `${secret} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    "the version": `POST ${path} ${secret}\r\nHost: localhost\r\n\r\n`,
    "the whole request": `${secret}\r\n\r\n`,
    "an absolute target": `GET http://${secret}/readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    "a target of CONNECT": `CONNECT ${secret}:443 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    "the length": head(`Content-Length: ${secret}`),
    "the transfer coding": head(`Transfer-Encoding: ${secret}`),
    "a chunk's length": `${head("Transfer-Encoding: chunked", "Content-Type: application/json")}${secret}\r\n`,
    "a chunk's extension": `${head("Transfer-Encoding: chunked", "Content-Type: application/json", "Connection: close")}2;${secret}\r\n{}\r\n0\r\n\r\n`,
    "a trailer": `${head("Transfer-Encoding: chunked", "Content-Type: application/json", "Connection: close")}0\r\nX: ${secret}\r\n\r\n`,
    "an expectation": head(`Expect: ${secret}`, "Content-Length: 0", "Connection: close"),
    "an upgrade": head(`Upgrade: ${secret}`, "Connection: upgrade, close", "Content-Length: 0"),
    "a header without a colon": head(secret),
    "a header with a space in its name": head(`X ${secret}: 1`),
    "a second host": head(`Host: ${secret}`, "Content-Length: 0", "Connection: close"),
    "a second authorization": head(`Authorization: Bearer ${secret}`, "Content-Length: 0", "Connection: close"),
    "a second request id": head(`X-Request-Id: ${secret}`, "X-Request-Id: 1", "Content-Length: 0", "Connection: close"),
    "too many headers": head(`X-Large: ${secret.repeat(1_000)}`),
  };
}
