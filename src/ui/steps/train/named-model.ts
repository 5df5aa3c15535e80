import type { ModelSource } from '../../../worker/protocol.ts';
import type { Studio } from '../../store.ts';

/** A model that settings name: one of the Hub, or a folder. */
export type NamedModel =
  | { readonly kind: 'hub'; readonly id: string; readonly revision: string }
  | { readonly kind: 'folder'; readonly path: string };

const hubId = /^[\w-][\w.-]*\/[\w.-]+(\/.+\.gguf)?$/i;
const lastPart = (path: string) => path.replace(/[\\/]+$/, '').replace(/^.*[\\/]/, '');

/** The model that settings are for; null where they name none, or it is the open one. */
export function namedModel(
  { llm_backbone: name, revision }: Studio['config']['model'],
  open: ModelSource | null,
): NamedModel | null {
  if (name === '') return null;
  if (hubId.test(name)) {
    const isOpen = open?.kind === 'hub' && open.id === name && open.revision === revision;
    return isOpen ? null : { kind: 'hub', id: name, revision };
  }
  if (open?.kind === 'example' && lastPart(name) === 'model') return null;
  const [first] = open?.kind === 'files' ? open.files : [];
  return first && first.path.split('/')[0] === lastPart(name) ? null : { kind: 'folder', path: name };
}
