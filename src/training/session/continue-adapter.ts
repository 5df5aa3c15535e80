import { AppError, because } from '../../errors.ts';
import type { ModelFiles } from '../../files/source.ts';
import { methodOf, methods } from '../../tuning/methods.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { parseRunConfig, type RunConfig } from '../config/run-config.ts';
import { settings } from '../config/settings.ts';
import {
  adapterFor,
  type BaseModel,
  type OpenAdapter,
  readAdapter,
  requireSameParameters,
  withoutTiedHead,
} from './adapter-tuning.ts';

export interface ContinuedAdapter {
  readonly adapter: OpenAdapter;
  /** The tuning settings that train just its parameters. */
  readonly tuning: RunConfig['tuning'];
}

/**
 * An adapter to go on from, and the settings for it: its own where its config says them, those of `config` elsewhere.
 * `name` stands in `init_from`.
 * @throws AppError 'adapter-invalid' and those of reading it
 */
export async function continueAdapter(
  open: BaseModel,
  files: ModelFiles,
  config: RunConfig,
  name: string,
): Promise<ContinuedAdapter> {
  const { model } = open;
  const read = await withoutTiedHead(open, await readAdapter(files));
  const adapter = adapterFor(model, read);
  const method = methodOf(read.config);
  if (method === undefined) throw new AppError('adapter-invalid', { reason: because`its method is not known` });
  const own = Object.entries(methods[method]!.settingsOf(read.config)).filter(([key]) => key in settings.tuning);
  const { modules } = adapter.tuning.adapter;
  const { tuning } = parseRunConfig({
    ...config,
    tuning: {
      ...config.tuning,
      ...Object.fromEntries(own),
      method,
      // By their whole paths, whatever rule picked them when the adapter was made.
      lora_target_modules: [...modules],
      exclude_modules: '',
      layers_to_transform: [],
      layers_pattern: [],
      modules_to_save: [],
      bias: 'none',
      train_parameters: [...adapter.tuning.trained.keys()],
      init_from: name,
    },
  });
  requireSameParameters(resolveTuning(model, tuning), adapter);
  return { adapter, tuning };
}
