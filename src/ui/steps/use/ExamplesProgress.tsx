import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { useFormat } from '../../use-format.ts';

/** How far rows are looked at, and the way to stop it. */
export function ExamplesProgress() {
  const words = useWords();
  const format = useFormat();
  const { stopExamples } = useCommands();
  const progress = useStudio((state) => state.examples.progress);
  return (
    <div className={parts.row}>
      <Button leftSection={<Icon name="stop" />} variant="default" onClick={() => void stopExamples()}>
        {words.examples.stop}
      </Button>
      <span role="status">
        {progress && words.examples.progress(format.count(progress.done), format.count(progress.total))}
      </span>
    </div>
  );
}
