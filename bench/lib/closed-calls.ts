/**
 * Makes so many calls by closed loops, each of which takes the next one when its last is done.
 *
 * @param call returns how many milliseconds count
 * @returns those of all calls, ascending
 */
export async function closedCalls(
  loops: number,
  calls: number,
  call: (place: number, loop: number) => Promise<number>,
): Promise<Float64Array> {
  const latencies = new Float64Array(calls);
  let next = 0;
  const loop = async (name: number): Promise<void> => {
    for (let place = next++; place < calls; place = next++) {
      latencies[place] = await call(place, name);
    }
  };
  await Promise.all(Array.from({ length: loops }, (_, name) => loop(name)));
  return latencies.sort();
}
