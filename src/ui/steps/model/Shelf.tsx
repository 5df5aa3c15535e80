import { useEffect, useRef, useState } from 'react';
import type { FoundModel } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { publicHub } from '../../parts/hub-endpoint.ts';
import { Section } from '../../parts/Section.tsx';
import { FoundModels } from './FoundModels.tsx';
import { isWanted, ModelFilters, optionsOf } from './ModelFilters.tsx';
import { Offer } from './Offer.tsx';
import { anyModel } from './wanted.ts';

/** Models to start from, of the kinds that the tests hold, the smallest first, each with what it would cost here. */
export function Shelf({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel, shelvedModels, estimateShelved } = useCommands();
  const [models, setModels] = useState<readonly FoundModel[] | null>(null);
  const [wanted, setWanted] = useState(anyModel);
  const [chosen, setChosen] = useState<string | null>(null);
  const begin = useRef<HTMLDivElement>(null);
  useEffect(() => void shelvedModels().then(setModels), [shelvedModels]);
  useEffect(() => begin.current?.scrollIntoView({ block: 'nearest' }), []);
  const sourceOf = (id: string) => ({ kind: 'hub', id, revision: 'main', endpoint: publicHub }) as const;
  const open = (id: string) => {
    onDone();
    void openModel(sourceOf(id));
  };
  return (
    <div ref={begin}>
      <Section title={words.hub.shelf} note={words.hub.shelfNote}>
        <ModelFilters options={optionsOf(models ?? [])} wanted={wanted} onWant={setWanted} />
        {models && (
          <FoundModels
            found={models}
            isShown={isWanted(wanted)}
            estimate={estimateShelved}
            chosen={chosen}
            onChoose={(id) => setChosen(id === chosen ? null : id)}
          >
            {chosen !== null && <Offer source={sourceOf(chosen)} onOpen={open} />}
          </FoundModels>
        )}
      </Section>
    </div>
  );
}
