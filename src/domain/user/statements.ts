/** Lets statements at the database a few at a time: whoever calls here may be anybody. */
export interface Statements {
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}
