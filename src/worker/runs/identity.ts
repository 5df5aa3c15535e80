/** Which model and which data a run was made with, beside the run as hashes: they are reckoned while it trains. */
import * as v from 'valibot';
import { type Directory, readText, writeText } from '../../files/directory.ts';
import { parsedFile } from '../../files/parsed-file.ts';
import type { OpenedTable } from '../data/opened-table.ts';
import { tableHash } from '../data/table-hash.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { Identity } from './messages.ts';

const identityFile = 'identity.json';
const orNull = v.nullable(v.string());
const identitySchema = v.object({
  model: v.nullable(v.object({ commit: orNull, weights: v.string(), tokenizer: orNull, config: v.string() })),
  table: orNull,
  validation: orNull,
});

interface Given {
  readonly model: OpenedModel | null;
  readonly table: OpenedTable | null;
  readonly validation: OpenedTable | null;
}

/** Of what is open; null of what is not, or can no longer be read. */
export async function identityOf({ model, table, validation }: Given): Promise<Identity> {
  return {
    model: (await model?.hashes?.().catch(() => null)) ?? null,
    table: await knownHash(table),
    validation: await knownHash(validation),
  };
}

const known = new WeakMap<OpenedTable['table'], Promise<string | null>>();

async function knownHash(opened: OpenedTable | null): Promise<string | null> {
  if (opened === null) return null;
  const hash = known.get(opened.table) ?? tableHash(opened).catch(() => null);
  known.set(opened.table, hash);
  return hash;
}

/** Nothing is written into a run that was deleted meanwhile; without storage the run goes on unidentified. */
export async function keepIdentity(run: Directory, given: Given): Promise<void> {
  const identity = await identityOf(given);
  try {
    if (await run.exists('run.json')) await writeText(run, identityFile, `${JSON.stringify(identity, null, 2)}\n`);
  } catch {
    // Whoever shares the run is told that nobody knows.
  }
}

/** Null of a run that older versions or the command line made, or that was broken off before it was known. */
export async function readIdentity(run: Directory): Promise<Identity | null> {
  try {
    return parsedFile(identityFile, identitySchema, await readText(run, identityFile));
  } catch {
    return null;
  }
}
