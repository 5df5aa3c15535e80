import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { isGoingOn } from '../../store.ts';

/** An address of a run that is not here, and the ways on. */
export function MissingRun({ id }: { id: string }) {
  const words = useWords();
  const { setUpNew } = useCommands();
  return (
    <Section title={words.place.gone}>
      <p role="status" data-testid="missing-run">
        {words.place.goneWhy(id)}
      </p>
      <Button leftSection={<Icon name="add" />} onClick={setUpNew}>
        {words.place.newRun}
      </Button>
    </Section>
  );
}

/** From the form of the next run to the one that is there. */
export function BackToRun() {
  const words = useWords();
  const { showRun } = useCommands();
  const run = useStudio((state) => state.run);
  if (!run) return null;
  return (
    <div className={parts.row} style={{ marginBottom: 16 }}>
      <Button variant="default" size="compact-sm" onClick={showRun} data-testid="back-to-run">
        {isGoingOn(run) ? words.place.backToRun : run.begun.name}
      </Button>
    </div>
  );
}
