import { useStudio, useWords } from '../../context.tsx';
import { methodChoices, methodFacts } from '../../method-facts.ts';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { useFormat } from '../../use-format.ts';

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
  const fields = methodFacts[method].fields.filter((name) => name !== 'prompt_tuning_init_text' || start === 'TEXT');
  return (
    <Section title={words.layers.adapterTitle} note={note}>
      <div className={parts.fields}>
        <SettingField section="tuning" name="method" choices={methodChoices} />
        {fields.map((name) => (
          <SettingField key={name} section="tuning" name={name} />
        ))}
      </div>
    </Section>
  );
}
