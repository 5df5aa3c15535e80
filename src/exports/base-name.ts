import type { ModelFiles } from '../files/source.ts';

/** How others find a base that is called `name` here: of a GGUF file, which PEFT and transformers do not load, by its source. */
export const baseNameOf = (files: ModelFiles, name: string | null): string | null =>
  files.gguf ? files.gguf.convertedFrom : name;
