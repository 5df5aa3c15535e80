import { Button } from '@mantine/core';
import type { Remedy } from '../../worker/protocol.ts';
import { useCommands, useWords } from '../context.tsx';
import type { Messages } from '../text/en.ts';
import { useFormat } from '../use-format.ts';

/** One click that sets what mends a finding; nothing where no setting does. */
export function RemedyButton({ remedy }: { remedy: Remedy | undefined }) {
  const words = useWords();
  const format = useFormat();
  const { mend } = useCommands();
  if (!remedy) return null;
  return (
    <Button size="compact-sm" variant="default" my={4} onClick={() => mend(remedy)} data-testid="remedy">
      {wordRemedy(remedy, words, format)}
    </Button>
  );
}

function wordRemedy({ dataset, tokenizer }: Remedy, words: Messages, format: ReturnType<typeof useFormat>): string {
  if (tokenizer?.max_length !== undefined) return words.found.setLength(format.count(tokenizer.max_length));
  if (tokenizer?.allow_truncation) return words.found.allowCut;
  if (dataset?.validation_size !== undefined) return words.found.holdBack(format.percent(dataset.validation_size));
  return words.found.dropDuplicates;
}
