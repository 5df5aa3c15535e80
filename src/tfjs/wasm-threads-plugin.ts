import type { Plugin } from 'vite';

/** What to change in a file of TensorFlow.js's wasm backend, each exactly once. */
type Edits = readonly (readonly [find: string, replaceBy: string])[];

/**
 * The threads of the wasm backend as 4.22 ships them are workers made of a blob that import a second blob, the text
 * of a bundled function. A minifier renames a variable outside that function, and a strict policy forbids the import;
 * both leave the backend waiting for ever. With these edits the function stands in the worker's own blob and reads
 * nothing outside itself, so that `worker-src blob:` is all that threads ask of the policy.
 */
const edits: Readonly<Record<string, Edits>> = {
  'wasm-out/tfjs-backend-wasm-threaded-simd.js': [
    ['if(typeof _scriptDir !== "undefined" && _scriptDir){scriptDirectory=_scriptDir}', ''],
    ['Module["mainScriptUrlOrBlob"]||_scriptDir', '""'],
  ],
  'wasm-out/tfjs-backend-wasm-threaded-simd.worker.js': [
    [
      'if(typeof e.data.urlOrBlob=="string"){importScripts(e.data.urlOrBlob)}else{var objectUrl=URL.createObjectURL(e.data.urlOrBlob);importScripts(objectUrl);URL.revokeObjectURL(objectUrl)}',
      '',
    ],
  ],
  'dist/backend_wasm.js': [
    [
      'new Blob([response],',
      'new Blob(["var WasmBackendModuleThreadedSimd=" + wasmFactoryThreadedSimd.toString() + ";", response],',
    ],
  ],
};

const PACKAGE = '@tensorflow/tfjs-backend-wasm/';

/** For both `plugins` and `worker.plugins` of the Vite configuration. @throws Error where the package has changed. */
export function wasmThreads(): Plugin {
  return {
    name: 'tfjs-wasm-threads',
    enforce: 'pre',
    transform(code, id) {
      const file = id.split('?')[0]!.split(PACKAGE)[1];
      const wanted = file === undefined ? undefined : edits[file];
      return wanted && { code: edited(code, wanted, file!), map: null };
    },
  };
}

function edited(code: string, wanted: Edits, file: string): string {
  return wanted.reduce((text, [find, replaceBy]) => {
    if (text.split(find).length !== 2)
      throw new Error(`${PACKAGE}${file} has changed: "${find.slice(0, 60)}" is not there once`);
    return text.replace(find, () => replaceBy);
  }, code);
}
