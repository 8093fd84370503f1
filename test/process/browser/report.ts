/** What came of the calls by one transport. */
export interface CallReport {
  /** The name of the project that was made. */
  readonly project?: string | undefined;
  /** As the page read it from the response's headers. */
  readonly requestId?: string | null;
  /** Of the call that must be refused. */
  readonly denial?:
    | { readonly message: string; readonly reasons: string[]; readonly requestId: string | null }
    | undefined;
  /** Why not even the first call got through. */
  readonly failure?: string;
}

/** What the page tells. */
export interface Report {
  /** The page's own. */
  readonly origin: string;
  readonly connect: CallReport;
  readonly connectBinary: CallReport;
  readonly grpcWeb: CallReport;
}
