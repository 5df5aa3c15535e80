/** Called first by every stand-in: notes its name and arguments. */
import { appendFileSync } from 'node:fs';

export function record(name) {
  const args = process.argv.slice(2);
  appendFileSync(process.env.STUB_LOG, `${[name, ...args].join(' ')}\n`);
  return args;
}

/** Says why, as a program without a network does, and ends. */
export function giveUp(reason) {
  console.error(reason);
  process.exit(1);
}
