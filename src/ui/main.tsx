import './mantine.css';
import './app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../worker/client.ts';
import { trustOwnScripts } from '../worker/trusted-scripts.ts';
import { App } from './App.tsx';
import { keepForOffline } from './offline.ts';
import { addressBar } from './place/follow-address.ts';
import { setups } from './place/kept-setup.ts';
import { persistence } from './place/persistence.ts';
import { preferences, preferredLanguage } from './preferences.ts';
import { runsFolders } from './runs-folder.ts';
import { saveDownload } from './save-download.ts';
import { returnedFromSignIn } from './sign-in.ts';
import { createStudio } from './studio.ts';
import { loadLanguage } from './text/messages.ts';
import { loadWordings } from './text/word-error.ts';
import { tellWhetherWatched } from './watched.ts';

// Mantine and React write style sheets by way of `innerHTML`: text without a tag.
trustOwnScripts(globalThis, { blobs: false, createHTML: withoutTags });
const returned = returnedFromSignIn();
const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module', name: 'studio' });
const client = createClient(worker);
const language = preferredLanguage();
const studio = createStudio(client, saveDownload, language, preferences, runsFolders, {
  bar: addressBar,
  setups,
  persistence,
});
if (returned) void studio.commands.comeFromSignIn(returned);
tellWhetherWatched(client);
keepForOffline();

const root = createRoot(document.getElementById('root')!);
const show = () =>
  root.render(
    <StrictMode>
      <App studio={studio} />
    </StrictMode>,
  );
loadLanguage(language)
  .catch(() => loadLanguage(language === 'en' ? 'ja' : 'en'))
  .then(show);
// Behind the first screen, which needs no sentences of errors.
void studio.begin().finally(() => loadWordings(language).then(show, () => {}));

function withoutTags(text: string): string {
  if (/<[a-z!/?]/i.test(text)) throw new TypeError('Text does not become HTML here');
  return text;
}
