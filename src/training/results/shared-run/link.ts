/** A shared run as a piece of an address, and as a file. */
import { deflateSync, Inflate } from 'fflate';
import { AppError, because } from '../../../errors.ts';
import { sha256 } from '../../../files/sha256.ts';
import type { StepMetrics } from '../../run/events.ts';
import { curveOf, linkDigits } from './curve.ts';
import { formatVersion, parseSharedRun, type SharedRun } from './shared-run.ts';

/** Characters of a link at the most, without the page's own address: so many pass through mail, chats and browsers. */
export const longestLink = 8000;

/** Points of the curve that are tried, until the link is short enough; of more steps each would have eight characters. */
const curvePoints = [1000, 600, 400, 300, 200, 150, 100, 60, 40];

/** Characters that are looked at, and bytes that they may come to. */
const [longestRead, largestRead] = [64_000, 1 << 20];

/** Bytes of a file at the most. */
export const largestFile = 32 << 20;

/** Before the deflated JSON: the version, and the first bytes of the JSON's SHA-256. */
const checkBytes = 4;

/**
 * The run without answers, its curve thinned as far as the length of a link asks (`curveOf`).
 * @returns what follows `#/shared/`, and the run as it is in there
 * @throws AppError 'shared-run-long' where its settings alone are too long
 */
export function linkOf(
  { answers: _, ...run }: SharedRun,
  metrics: readonly StepMetrics[],
): { link: string; run: SharedRun } {
  for (const points of curvePoints) {
    const shared = { ...run, curve: curveOf(metrics, points, linkDigits) };
    const link = encoded(shared);
    if (link.length <= longestLink) return { link, run: shared };
  }
  throw new AppError('shared-run-long', { limit: longestLink });
}

function encoded(run: SharedRun): string {
  const json = new TextEncoder().encode(JSON.stringify(run));
  const deflated = deflateSync(json, { level: 9 });
  const bytes = new Uint8Array(1 + checkBytes + deflated.length);
  bytes[0] = formatVersion;
  bytes.set(checkOf(json), 1);
  bytes.set(deflated, 1 + checkBytes);
  return base64url(bytes);
}

const checkOf = (json: Uint8Array): number[] =>
  Array.from({ length: checkBytes }, (_, at) => Number.parseInt(sha256(json).slice(2 * at, 2 * at + 2), 16));

/** @throws AppError 'shared-run-invalid', 'shared-run-newer', and as `parseRunConfig` */
export function readLink(link: string): SharedRun {
  const bytes = bytesOf(link.trim());
  if (bytes[0] !== formatVersion) throw new AppError('shared-run-newer', { version: bytes[0]! });
  const json = inflated(bytes.subarray(1 + checkBytes));
  if (checkOf(json).some((byte, at) => byte !== bytes[1 + at]))
    throw invalid(because`its check sum is another one: a part of the link was changed`);
  return parsed(new TextDecoder().decode(json));
}

/** A run as a file: its curve is whole. */
export const fileOf = (run: SharedRun, metrics: readonly StepMetrics[]): string =>
  `${JSON.stringify({ ...run, curve: curveOf(metrics) }, null, 1)}\n`;

/** @throws as `readLink` */
export async function readFile(file: Blob): Promise<SharedRun> {
  if (file.size > largestFile) throw invalid(because`it is larger than ${largestFile >> 20} MB`);
  return parsed(await file.text());
}

const invalid = (reason: ReturnType<typeof because>, cause?: unknown) =>
  new AppError('shared-run-invalid', { reason }, { cause });

function parsed(text: string): SharedRun {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(because`it is no JSON`, cause);
  }
  return parseSharedRun(json);
}

/** Bytes of input from one look at the output's size to the next: each may become a thousand. */
const piece = 256;

/** Never more than `largestRead` bytes and what one piece comes to, whatever the deflated bytes announce. */
function inflated(deflated: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const inflate = new Inflate((part) => {
    parts.push(part);
    size += part.length;
  });
  try {
    for (let at = 0; at < deflated.length; at += piece) {
      inflate.push(deflated.subarray(at, at + piece), at + piece >= deflated.length);
      if (size > largestRead) break;
    }
  } catch (cause) {
    throw invalid(because`it is cut off or damaged`, cause);
  }
  if (size > largestRead) throw invalid(because`it would become larger than ${largestRead >> 20} MB`);
  if (size === 0) throw invalid(because`it is cut off or damaged`);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytesOf(link: string): Uint8Array {
  if (link.length > longestRead) throw invalid(because`it is longer than ${longestRead} characters`);
  if (!/^[\w-]+$/.test(link)) throw invalid(because`it has characters that no such link has`);
  try {
    return Uint8Array.from(atob(link.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
  } catch (cause) {
    throw invalid(because`it is cut off or damaged`, cause);
  }
}
