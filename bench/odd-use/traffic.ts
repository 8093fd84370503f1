/**
 * Simulated traffic of keys, hour by hour: what honest users do, some of which looks odd, and what others do who have got hold of a
 * key. docs/odd-use.md describes it, and names the numbers here.
 */
import { Random } from "./random.js";

export const learningHours = 35 * 24;
export const judgedHours = 14 * 24;
export const totalHours = learningHours + judgedHours;

/** What there is of a key in an hour. */
export interface HourOfUse {
  valid: number;
  scopeRefusals: number;
  revoked: number;
  readonly networks: Map<string, number>;
}

export const attacks = ["theft", "scraping", "probing", "botnet", "revoked"] as const;
export type AttackKind = (typeof attacks)[number];

/** Somebody else uses a key. */
export interface Attack {
  readonly kind: AttackKind;
  readonly from: number;
  /** The last hour of it. */
  readonly until: number;
}

/** Someone gives up a key, and when. */
export interface Revocation {
  readonly hour: number;
  readonly reason: "superseded" | "key_compromised";
}

export interface SimulatedKey {
  readonly profile: string;
  readonly attack: Attack | undefined;
  readonly revocation: Revocation | undefined;
  /** Hours are asked for in their order. */
  use(hour: number): HourOfUse;
}

type Profile = (random: Random) => (hour: number, use: HourOfUse) => void;

/** How many of a hundred keys are of each kind. */
const profiles: readonly (readonly [name: string, share: number, profile: Profile])[] = [
  ["server", 40, server],
  ["office", 15, office],
  ["nightly job", 15, nightlyJob],
  ["app of many users", 10, app],
  ["home", 10, home],
  ["now and then", 10, nowAndThen],
];

let networks = 0;
/** One that nobody has used. */
function newNetwork(): string {
  networks += 1;
  return `${11 + (networks >> 16)}.${(networks >> 8) & 0xff}.${networks & 0xff}.0/24`;
}

/** By day more than by night, and a little more each day. */
function shape(hour: number): number {
  const ofDay = 0.6 + 0.4 * Math.sin(((hour % 24) - 8) * (Math.PI / 12));
  return ofDay * 1.003 ** (hour / 24);
}

function add(use: HourOfUse, network: string, calls: number): void {
  if (calls > 0) {
    use.valid += calls;
    use.networks.set(network, (use.networks.get(network) ?? 0) + calls);
  }
}

/** From one to three networks, all the time; once in 60 days a launch, with three to eight times the traffic for six hours. */
function server(random: Random) {
  const rate = random.of([20, 60, 200, 600, 2_000]);
  const from = Array.from({ length: random.between(1, 3) }, newNetwork);
  let launchUntil = -1;
  let launch = 1;
  return (hour: number, use: HourOfUse) => {
    if (random.isOnceIn(60 * 24)) {
      launchUntil = hour + 6;
      launch = random.between(3, 8);
    }
    const calls = Math.round(rate * shape(hour) * random.noise() * (hour < launchUntil ? launch : 1));
    for (const network of from) {
      add(use, network, Math.round(calls / from.length));
    }
  };
}

/** In working hours, from two networks; once in 30 days a day on a journey, from a network of its own. */
function office(random: Random) {
  const rate = random.of([10, 40, 150]);
  const from = [newNetwork(), newNetwork()];
  let away: string | undefined;
  return (hour: number, use: HourOfUse) => {
    const [day, ofDay] = [Math.floor(hour / 24), hour % 24];
    if (ofDay === 0) {
      away = random.isOnceIn(30) ? newNetwork() : undefined;
    }
    if (day % 7 < 5 && ofDay >= 8 && ofDay < 18) {
      add(use, away ?? random.of(from), Math.round(rate * random.noise()));
    }
  };
}

/** An hour a night, from one network; once in 20 days by day again. */
function nightlyJob(random: Random) {
  const calls = random.between(500, 5_000);
  const at = random.between(0, 5);
  const from = newNetwork();
  return (hour: number, use: HourOfUse) => {
    if (hour % 24 === at || (hour % 24 === 14 && random.isOnceIn(20))) {
      add(use, from, Math.round(calls * random.noise()));
    }
  };
}

/** From 30 of 400 networks each hour. */
function app(random: Random) {
  const rate = random.of([100, 500]);
  const all = Array.from({ length: 400 }, newNetwork);
  return (hour: number, use: HourOfUse) => {
    const calls = Math.round((rate * shape(hour) * random.noise()) / 30);
    for (let i = 0; i < 30; i++) {
      add(use, random.of(all), calls);
    }
  };
}

/** From one network at a time, another about every 12 days. */
function home(random: Random) {
  let from = newNetwork();
  return (hour: number, use: HourOfUse) => {
    from = random.isOnceIn(12 * 24) ? newNetwork() : from;
    if (hour % 24 >= 9) {
      add(use, from, Math.round(8 * random.noise()));
    }
  };
}

/** A day in seven, for some hours, from one network. */
function nowAndThen(random: Random) {
  const from = newNetwork();
  const day = random.between(0, 6);
  return (hour: number, use: HourOfUse) => {
    if (Math.floor(hour / 24) % 7 === day && hour % 24 >= 10 && hour % 24 < 13) {
      add(use, from, Math.round(80 * random.noise()));
    }
  };
}

/** @param place which of how many keys it is */
export function simulatedKey(place: number, count: number): SimulatedKey {
  const random = new Random(place * 7_919 + 17);
  const [profile, honest] = profileOf(((place * 37) % count) / count, random);
  // Two of five are attacked, each kind as often, and one of ten is superseded, not before the third day.
  const attacked = random.isOnceIn(2.5) ? random.of(attacks) : undefined;
  const from = learningHours + random.between(72, judgedHours - 48);
  const attack = attacked && {
    kind: attacked,
    from,
    until: from + { theft: 6, scraping: 4, probing: 2, botnet: 3, revoked: 12 }[attacked],
  };
  const isSuperseded = attack === undefined && random.isOnceIn(6);
  const revocation: Revocation | undefined =
    attacked === "revoked"
      ? { hour: from, reason: "key_compromised" }
      : isSuperseded
        ? { hour: from, reason: "superseded" }
        : undefined;
  // Most clients change over at once, and three of ten take up to four hours.
  const changedOver = from + (random.next() < 0.3 ? random.between(1, 4) : 0);
  const harm = attack && harmOf(attack, random);
  let mean = 0;
  let mistakeUntil = -1;
  return {
    profile,
    attack,
    revocation,
    use(hour) {
      const use: HourOfUse = { valid: 0, scopeRefusals: 0, revoked: 0, networks: new Map() };
      honest(hour, use);
      mean += (use.valid - mean) / (hour + 1);
      if (revocation !== undefined && hour >= revocation.hour) {
        use.revoked = revocation.reason === "superseded" && hour < changedOver ? use.valid : 0;
        use.valid = 0;
        // A value that is no longer good says nothing of where its key is used from.
        use.networks.clear();
      } else if (use.valid > 0) {
        // Once in 40 days of use a mistake: for two hours an api is called that the key is not for.
        mistakeUntil = random.isOnceIn(40 * 24) ? hour + 2 : mistakeUntil;
        use.scopeRefusals =
          hour < mistakeUntil ? random.between(5, 60) : random.isOnceIn(50) ? random.between(1, 4) : 0;
      }
      if (attack !== undefined && hour >= attack.from && hour <= attack.until) {
        harm?.(use, mean);
      }
      return use;
    },
  };
}

/** What the attacker adds to an hour. @param mean what the key is used in an hour otherwise */
function harmOf({ kind }: Attack, random: Random): (use: HourOfUse, mean: number) => void {
  const from = newNetwork();
  switch (kind) {
    case "theft":
      return (use) => add(use, from, random.between(5, 50));
    case "scraping":
      return (use, mean) => add(use, from, Math.round(Math.max(2_000, mean * random.between(10, 40))));
    case "probing":
      return (use) => {
        use.scopeRefusals += random.between(20, 150);
        use.networks.set(from, 20);
      };
    case "botnet": {
      const all = Array.from({ length: random.between(12, 60) }, newNetwork);
      return (use) => {
        for (const network of all) {
          add(use, network, 2);
        }
      };
    }
    case "revoked":
      return (use) => {
        use.revoked += random.between(1, 100);
      };
    default: {
      const unreachable: never = kind;
      return unreachable;
    }
  }
}

function profileOf(part: number, random: Random): readonly [string, (hour: number, use: HourOfUse) => void] {
  let below = 0;
  for (const [name, share, profile] of profiles) {
    below += share / 100;
    if (part < below) {
      return [name, profile(random)];
    }
  }
  throw new Error("the shares do not add up to a hundred");
}
