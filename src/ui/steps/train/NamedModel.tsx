import { Button } from '@mantine/core';
import { mayConnect } from '../../../worker/may-connect.ts';
import type { ModelSource } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { publicHub } from '../../parts/hub-endpoint.ts';
import type { Studio } from '../../store.ts';
import { type NamedModel as Named, namedModel } from './named-model.ts';
import styles from './train.module.css';

/** The model that loaded settings name, where it is not open: the way to it, with the settings kept. */
export function NamedModel({ config }: { config: Studio['config'] }) {
  const words = useWords();
  const { goTo, openModelOfSettings } = useCommands();
  const source = useStudio((state) => (state.model.value ? state.model.source : null));
  const named = namedModel(config.model, source);
  if (named === null) return null;
  const open = async (from: ModelSource) => {
    goTo('model');
    if (await openModelOfSettings(from)) goTo('train');
  };
  return (
    <div className={styles.configNote} role="status" data-testid="named-model">
      {named.kind === 'folder' ? words.namedModel.folder(named.path) : words.namedModel.hub(named.id)}
      <div>
        {named.kind === 'folder' ? (
          <FilePicker
            label={words.namedModel.choose}
            folder
            onFiles={(files) => void open({ kind: 'files', files })}
            testId="named-folder"
          />
        ) : (
          <OpenFromHub named={named} onOpen={open} />
        )}
      </div>
    </div>
  );
}

interface Props {
  readonly named: Extract<Named, { kind: 'hub' }>;
  readonly onOpen: (from: ModelSource) => void;
}

function OpenFromHub({ named: { id, revision }, onOpen }: Props) {
  const words = useWords();
  if (!mayConnect(publicHub)) return words.model.hubBlocked(publicHub);
  return (
    <Button onClick={() => onOpen({ kind: 'hub', id, revision, endpoint: publicHub })} data-testid="open-named">
      {words.namedModel.open(id)}
    </Button>
  );
}
