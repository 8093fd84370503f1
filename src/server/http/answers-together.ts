/** So many are sent at most at once; the first of them is not to wait long for the last. */
const most = 64;

/** Of the whole process, which has one event loop. */
let waiting: (() => void)[] = [];

/**
 * Sends an answer with those that are ready in the same iteration of the event loop: at its end, when whatever came in was read.
 *
 * A client that sleeps is woken by its answer, and for as long as the system takes to wake it, the event loop stands still. Where
 * each answer is sent as soon as it is ready, the clients of one machine, such as a gateway's connections, sleep and are woken
 * over and over; where they are sent together, the first wakes the client and it finds the others as it reads.
 *
 * @param send is to write the answer to its connection
 */
export function sendTogether(send: () => void): void {
  waiting.push(send);
  if (waiting.length === 1) {
    setImmediate(sendWaiting);
  } else if (waiting.length >= most) {
    sendWaiting();
  }
}

/**
 * Sends what waits, before something that takes longer is begun.
 *
 * @throws what the first of them throws that does, once all are sent
 */
export function sendWaiting(): void {
  const ready = waiting;
  waiting = [];
  const faults: unknown[] = [];
  for (const send of ready) {
    try {
      send();
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) {
    throw faults[0];
  }
}
