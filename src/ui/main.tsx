import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../worker/client.ts';
import { App } from './App.tsx';
import { keepForOffline } from './offline.ts';
import { preferences, preferredLanguage } from './preferences.ts';
import { runsFolders } from './runs-folder.ts';
import { saveDownload } from './save-download.ts';
import { createStudio } from './studio.ts';

const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module', name: 'studio' });
const studio = createStudio(createClient(worker), saveDownload, preferredLanguage(), preferences, runsFolders);
void studio.begin();
keepForOffline();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App studio={studio} />
  </StrictMode>,
);
