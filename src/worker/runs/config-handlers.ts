import { foundOut } from '../../data/read-table.ts';
import { readConfigText, writeConfigText } from '../../training/config/config-files/read.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { generalTextsOf } from '../../training/programs/general-texts.ts';
import { exampleRunJson } from '../example.ts';
import { readApart } from '../reading/read-apart.ts';
import { readTableApart } from '../reading/read-table-apart.ts';
import type { Handlers } from '../serve.ts';

/** Settings of a run, from files and as files. */
export function configHandlers(): Pick<Handlers, 'exampleConfig' | 'readConfig' | 'readGeneralTexts' | 'writeConfig'> {
  return {
    exampleConfig: async () => parseRunConfig(JSON.parse(await exampleRunJson())),
    readConfig: async ({ text, file, isOwn }) =>
      isOwn ? readConfigText(text, file) : readApart('settings', { text, file }, { file, bytes: text.length }),
    readGeneralTexts: async ({ file, blob }) => generalTextsOf(await readTableApart([blob], file, foundOut), file),
    writeConfig: ({ config, format }) => writeConfigText(parseRunConfig(config), format),
  };
}
