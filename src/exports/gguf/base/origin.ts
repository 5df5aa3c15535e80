/** Where a GGUF file says that it came from (ggml's docs/gguf.md, "general metadata"). */
import type { GgufMetadata } from '../../../files/gguf-types.ts';
import type { GgufOrigin } from '../../../files/source.ts';
import { isHubName } from '../../front-matter.ts';

/**
 * `general.source` is the model that was converted. `general.base_model` is what the converted model's card names as its own
 * base: another model, unless both are called alike, as in a repository that holds a copy.
 */
export function originOf(metadata: GgufMetadata): GgufOrigin {
  const text = (key: string): string | undefined => {
    const value = metadata.get(`general.${key}`)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const basedOn = hubId(text('base_model.0.repo_url'));
  const sources = ['source.repo_url', 'source.url'].map((key) => hubId(text(key)));
  const repository = text('source.huggingface.repository');
  const named = repository && isHubName(repository) ? repository : undefined;
  const isCopy = basedOn !== undefined && plain(text('name')) === plain(basedOn.split('/')[1]);
  return {
    convertedFrom: named ?? sources.find((id) => id !== undefined) ?? (isCopy ? basedOn : null),
    basedOn: basedOn ?? null,
  };
}

const hubId = (url = ''): string | undefined => /^https:\/\/huggingface\.co\/([\w.-]+\/[\w.-]+?)\/?$/.exec(url)?.[1];

/** Without what converters put in the place of dashes. */
const plain = (name = ''): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
