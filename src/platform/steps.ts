/** Runs a step of longer work once its turn has come. */
export type StepRunner = <Result>(step: () => Promise<Result>) => Promise<Result>;

/** Waits for nobody. */
export const atOnce: StepRunner = (step) => step();
