import { Textarea } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { taskFacts } from '../../tasks/facts.ts';

/** Prompts of one's own that are answered at each evaluation, and texts by which forgetting is seen, one a line. */
export function OwnTexts() {
  const words = useWords();
  const { writes, validates, checks } = useStudio(({ config: { dataset, logging } }) => ({
    writes: taskFacts(dataset).writes,
    validates: dataset.validation_strategy !== 'none',
    checks: logging.forgetting_check,
  }));
  if (!writes) return null;
  return (
    <>
      {validates && <Lines name="sample_prompts" label={words.answers.own} hint={words.answers.ownHint} />}
      {checks && <Lines name="general_texts" label={words.answers.general} hint={words.answers.generalHint} />}
    </>
  );
}

interface Props {
  readonly name: 'sample_prompts' | 'general_texts';
  readonly label: string;
  readonly hint: string;
}

function Lines({ name, label, hint }: Props) {
  const { set } = useCommands();
  const texts = useStudio((state) => state.config.logging[name]);
  return (
    <Textarea
      label={label}
      description={hint}
      value={texts.join('\n')}
      // Lines stay as they are typed; what is blank is left out when the run starts.
      onChange={(event) => set('logging', name, linesOf(event.currentTarget.value))}
      autosize
      minRows={2}
      maxRows={6}
      mt="md"
      data-testid={`setting-${name}`}
    />
  );
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split('\n'));
