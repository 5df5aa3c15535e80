import { Collapse } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { defaultRunConfig } from '../../../training/config/run-config.ts';
import { useStudio, useWords } from '../../context.tsx';
import { methodChoices, methodFacts } from '../../method-facts.ts';
import { FoldButton } from '../../parts/buttons.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { useFormat } from '../../use-format.ts';
import { RankSlider } from './RankSlider.tsx';

/** Beside the method itself: those that matter most stand first in its facts. */
const inSight = 2;

/** What is added to the model, beside the ticked weights: three fields, the rest in a fold. */
export function AdapterSettings() {
  const words = useWords();
  const format = useFormat();
  const { count, adapter } = useStudio(({ tuning: { value } }) => ({
    count: value?.adapterModules.length ?? 0,
    adapter: value?.adapter ?? null,
  }));
  const tuning = useStudio((state) => state.config.tuning);
  const { method, prompt_tuning_init: start } = tuning;
  const note =
    adapter === null ? words.layers.adapterNone : count > 0 ? words.layers.adapterModules(format.count(count)) : '';
  const fields = methodFacts[method].fields.filter((name) => name !== 'prompt_tuning_init_text' || start === 'TEXT');
  const folded = fields.slice(inSight);
  const isChanged = (name: (typeof fields)[number]) =>
    JSON.stringify(tuning[name]) !== JSON.stringify(defaultRunConfig.tuning[name]);
  const changed = folded.filter(isChanged).length;
  const [more, { toggle }] = useDisclosure(changed > 0);
  return (
    <Section title={words.layers.adapterTitle} note={note}>
      <div className={parts.fields}>
        <SettingField section="tuning" name="method" choices={methodChoices} />
        {fields.slice(0, inSight).map((name) => (
          <div key={name}>
            <SettingField section="tuning" name={name} />
            {name === 'lora_r' && <RankSlider />}
          </div>
        ))}
      </div>
      {folded.length > 0 && (
        <>
          <div className={parts.foldLine}>
            <FoldButton open={more} onClick={toggle} testId="more-adapter">
              {words.layers.adapterMore(changed > 0 ? format.count(changed) : null)}
            </FoldButton>
          </div>
          <Collapse expanded={more}>
            <div className={parts.fields}>
              {folded.map((name) => (
                <SettingField key={name} section="tuning" name={name} />
              ))}
            </div>
          </Collapse>
        </>
      )}
    </Section>
  );
}
