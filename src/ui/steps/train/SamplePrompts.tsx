import { Textarea } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { taskFacts } from '../../tasks/facts.ts';

/** Prompts of one's own that are answered at each evaluation, one a line. */
export function SamplePrompts() {
  const words = useWords();
  const { set } = useCommands();
  const prompts = useStudio((state) => state.config.logging.sample_prompts);
  const answered = useStudio(({ config: { dataset } }) => {
    return dataset.validation_strategy !== 'none' && taskFacts(dataset).writes;
  });
  if (!answered) return null;
  return (
    <Textarea
      label={words.answers.own}
      description={words.answers.ownHint}
      value={prompts.join('\n')}
      // Lines stay as they are typed; what is blank is left out when the run starts.
      onChange={(event) => set('logging', 'sample_prompts', linesOf(event.currentTarget.value))}
      autosize
      minRows={2}
      maxRows={6}
      mt="md"
      data-testid="setting-sample_prompts"
    />
  );
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split('\n'));
