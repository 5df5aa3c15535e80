import { neededFiles } from './needed-files.ts';
import { Sha256, sha256 } from './sha256.ts';
import { type ModelFiles, readPieces } from './source.ts';

/** What tells a model from every other one: SHA-256 of what `sha256sum` says of its files, which are in order of name. */
export interface ModelHashes {
  /** The commit of the Hub that it was opened at; null elsewhere. */
  readonly commit: string | null;
  readonly weights: string;
  /** Null where it has none, as models of pictures. */
  readonly tokenizer: string | null;
  readonly config: string;
}

/** Few enough that reading and hashing a piece holds up nothing else, at some 5 ms. */
const pieceBytes = 1 << 20;

const isWeights = (path: string) => /\.(safetensors|bin)(\.index\.json)?$/.test(path);
const ofNoConsequence = new Set(['generation_config.json', 'adapter_config.json', 'adapter_model.safetensors']);

/** Of the files of a model those that change what is trained. */
export const isReadInTraining = (path: string): boolean => !ofNoConsequence.has(path);

/** Of the files that training reads, whatever else lies beside them; what the Hub says of a file is not reckoned again. */
export async function modelHashes(files: ModelFiles): Promise<ModelHashes> {
  const listed = neededFiles((await files.list()).map(({ path }) => path));
  const paths = listed.filter(isReadInTraining).sort();
  const isOther = (path: string) => path !== 'config.json' && !isWeights(path);
  const tokenizer = paths.filter(isOther);
  return {
    commit: files.commit ?? null,
    weights: await hashOf(files, paths.filter(isWeights)),
    tokenizer: tokenizer.length === 0 ? null : await hashOf(files, tokenizer),
    config: await hashOf(files, ['config.json']),
  };
}

async function hashOf(files: ModelFiles, paths: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) lines.push(`${files.sha256Of?.(path) ?? (await fileHash(files, path))}  ${path}\n`);
  return sha256(new TextEncoder().encode(lines.join('')));
}

async function fileHash(files: ModelFiles, path: string): Promise<string> {
  const hash = new Sha256();
  for await (const piece of readPieces(files, path, 0, await files.size(path), pieceBytes)) hash.update(piece);
  return hash.hex();
}
