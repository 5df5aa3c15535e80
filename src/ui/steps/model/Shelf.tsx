import { Button, Collapse } from '@mantine/core';
import { useState } from 'react';
import type { FoundModel } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { publicHub } from '../../parts/hub-endpoint.ts';
import { Section } from '../../parts/Section.tsx';
import { FoundModels } from './FoundModels.tsx';
import { Offer } from './Offer.tsx';

/** Models to start from, of the kinds that the tests hold; what each costs is planned once the list is opened. */
export function Shelf({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel, shelvedModels, estimateShelved } = useCommands();
  const [opened, setOpened] = useState(false);
  const [models, setModels] = useState<readonly FoundModel[] | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const sourceOf = (id: string) => ({ kind: 'hub', id, revision: 'main', endpoint: publicHub }) as const;
  const open = (id: string) => {
    onDone();
    void openModel(sourceOf(id));
  };
  const show = () => {
    setOpened(!opened);
    if (models === null) void shelvedModels().then(setModels);
  };
  return (
    <Section title={words.hub.shelf} note={words.hub.shelfNote}>
      <Button size="compact-sm" variant="default" aria-expanded={opened} onClick={show} data-testid="shelf">
        {words.hub.shelfShow}
      </Button>
      <Collapse expanded={opened}>
        {opened && models && (
          <FoundModels
            found={models}
            estimate={estimateShelved}
            chosen={chosen}
            onChoose={(id) => setChosen(id === chosen ? null : id)}
          >
            {chosen !== null && <Offer source={sourceOf(chosen)} onOpen={open} />}
          </FoundModels>
        )}
      </Collapse>
    </Section>
  );
}
