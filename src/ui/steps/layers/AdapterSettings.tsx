import type { RunConfig } from '../../../training/run-config.ts';
import { useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { useFormat } from '../../use-format.ts';

type Method = RunConfig['tuning']['method'];
type FieldName = Parameters<typeof SettingField<'tuning'>>[0]['name'];

/** The methods, each with the few settings of its own. LoRA and (IA)³ go on the ticked modules. */
const fieldsOf: { readonly [M in Method]?: readonly FieldName[] } = {
  lora: ['lora_r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora', 'lora_plus_ratio', 'bias'],
  ia3: [],
  prompt: ['num_virtual_tokens', 'prompt_tuning_init'],
  prefix: ['num_virtual_tokens'],
  full: [],
};

/** A text to start from has no field yet. */
const choicesOf = (name: FieldName): { choices?: readonly string[] } =>
  name === 'prompt_tuning_init' ? { choices: ['RANDOM', 'SAMPLE_VOCAB'] } : {};

/** What is added to the model, beside the ticked weights. */
export function AdapterSettings() {
  const words = useWords();
  const format = useFormat();
  const count = useStudio((state) => state.tuning.value?.loraModules.length ?? 0);
  const method = useStudio((state) => state.config.tuning.method);
  const note = count === 0 ? words.layers.loraNone : words.layers.loraModules(format.count(count));
  return (
    <Section title={words.layers.adapterTitle} note={note}>
      <div className={parts.fields}>
        <SettingField section="tuning" name="method" choices={Object.keys(fieldsOf)} />
        {fieldsOf[method]?.map((name) => (
          <SettingField key={name} section="tuning" name={name} {...choicesOf(name)} />
        ))}
      </div>
    </Section>
  );
}
