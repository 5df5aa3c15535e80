import type { RunConfig } from '../../../training/config/run-config.ts';
import { useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { useFormat } from '../../use-format.ts';

type Method = RunConfig['tuning']['method'];
type FieldName = Parameters<typeof SettingField<'tuning'>>[0]['name'];

/** The methods, each with the few settings of its own. LoRA, VeRA and (IA)³ go on the ticked modules. */
const fieldsOf: { readonly [M in Method]: readonly FieldName[] } = {
  lora: [
    ...(['lora_r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora', 'lora_plus_ratio', 'bias'] as const),
    ...(['rank_pattern', 'alpha_pattern', 'modules_to_save', 'exclude_modules'] as const),
  ],
  vera: ['lora_r', 'd_initial', 'lora_dropout', 'exclude_modules'],
  ia3: ['feedforward_modules', 'exclude_modules'],
  'series-adapter': ['reduction_factor', 'adapter_placement'],
  'parallel-adapter': ['reduction_factor', 'adapter_placement'],
  'llama-adapter': ['adapter_len', 'adapter_layers'],
  prefix: ['num_virtual_tokens'],
  'p-tuning': ['num_virtual_tokens', 'encoder_hidden_size'],
  prompt: ['num_virtual_tokens', 'prompt_tuning_init', 'prompt_tuning_init_text'],
  full: [],
};

/** What is added to the model, beside the ticked weights. */
export function AdapterSettings() {
  const words = useWords();
  const format = useFormat();
  const { count, adapter } = useStudio(({ tuning: { value } }) => ({
    count: value?.adapterModules.length ?? 0,
    adapter: value?.adapter ?? null,
  }));
  const { method, prompt_tuning_init: start } = useStudio((state) => state.config.tuning);
  const note =
    adapter === null ? words.layers.adapterNone : count > 0 ? words.layers.adapterModules(format.count(count)) : '';
  const fields = fieldsOf[method].filter((name) => name !== 'prompt_tuning_init_text' || start === 'TEXT');
  return (
    <Section title={words.layers.adapterTitle} note={note}>
      <div className={parts.fields}>
        <SettingField section="tuning" name="method" choices={Object.keys(fieldsOf)} />
        {fields.map((name) => (
          <SettingField key={name} section="tuning" name={name} />
        ))}
      </div>
    </Section>
  );
}
