import { useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { useFormat } from '../../use-format.ts';

/** How many rows are held back to see whether the model generalises. */
export function ValidationSplit() {
  const words = useWords();
  const format = useFormat();
  const strategy = useStudio((state) => state.config.dataset.validation_strategy);
  const preview = useStudio((state) => state.dataPreview.value);
  const counts = preview
    ? words.data.splitRows(format.count(preview.trainingRows), format.count(preview.validationRows))
    : undefined;
  return (
    <Section title={words.data.validation} note={counts}>
      <div className={parts.fields}>
        <SettingField section="dataset" name="validation_strategy" choices={['automatic', 'none']} />
        {strategy === 'automatic' && <SettingField section="dataset" name="validation_size" />}
      </div>
    </Section>
  );
}
