/** A contender in a worker. Ours gets its executor from the class that the page's own worker gets it from. */
import { httpFiles } from '../../src/files/http-files.ts';
import { Executors } from '../../src/worker/device/executors.ts';
import { trustOwnScripts } from '../../src/worker/trusted-scripts.ts';
import { serveContender } from '../remote.ts';

trustOwnScripts(self, { blobs: true });

const example = new URL('/example/', self.location.origin).href;
const load: typeof fetch = (input, init) => fetch(input, init);
const modelFiles = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
const executors = new Executors();

serveContender(
  {
    send: (message) => self.postMessage(message),
    receive: (onMessage) => self.addEventListener('message', ({ data }) => onMessage(data as never)),
  },
  {
    example: {
      data: httpFiles(example, load, ['run.json', 'data.csv']),
      model: httpFiles(`${example}model`, load, modelFiles),
    },
    executor: (name) => executors.executor(name),
    // A worker of a browser has it.
    provideNavigatorGpu: async () => {},
  },
);
