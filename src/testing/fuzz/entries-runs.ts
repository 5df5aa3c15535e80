import { openBenchmarks } from '../../benchmarks/open.ts';
import { restoreFolder } from '../../files/archive.ts';
import { directoryCache } from '../../files/cache.ts';
import { listDatasetParts } from '../../files/hub-datasets.ts';
import { openHubRepository } from '../../files/hub-repository.ts';
import type { HubAccess } from '../../files/hub-request.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { createRun, loadCheckpoint, readMetrics, readSamples, saveCheckpoint } from '../../files/runs.ts';
import { zipFiles } from '../../files/zip.ts';
import { readConfigText } from '../../training/config/config-files/read.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { chosenPairs, readChoices, tallies } from '../../training/results/choices.ts';
import { curveOf } from '../../training/results/shared-run/curve.ts';
import { fileOf, linkOf, readFile, readLink } from '../../training/results/shared-run/link.ts';
import { type SharedRun, sharedSettings } from '../../training/results/shared-run/shared-run.ts';
import { requireKind } from '../../worker/given/kind-of-files.ts';
import { openGiven } from '../../worker/given/open-given.ts';
import { readOrigin } from '../../worker/runs/run-origin.ts';
import { readConfig } from '../../worker/runs/run-store.ts';
import type { Entry } from './entries.ts';
import { bytesOf, ofBytes, ofJson, seedFile, textOf } from './makers.ts';
import { mutateBytes, mutateJson } from './mutate.ts';

const choiceLine = `${JSON.stringify({
  ...{ time: '2026-11-30T00:00:00.000Z', prompt: 'a', first: 'one', chosen: 'one', seed: 1, place: 0 },
  one: { result: 'r', name: 'n', step: 1, answer: 'b' },
  other: { result: null, name: 'm', step: null, answer: 'c' },
})}\n`;

const benchmarkTask = `dataset_path: json
dataset_kwargs: {data_files: {test: a.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question.strip()}}\\n"
doc_to_choice: "{{choices}}"
doc_to_target: label
metric_list: [{metric: acc, aggregation: mean}, {metric: acc_norm}]
`;
const benchmarkRow = '{"question": "Why? ", "choices": ["yes", "it\'s"], "label": 1}\n';
const benchmarkOf = (task: string, rows: string) =>
  openBenchmarks(
    Object.entries({ 'a.yaml': task, 'a.jsonl': rows }).map(([name, text]) => ({
      ...{ name, size: text.length },
      text: async () => text,
    })),
  );

const h2o =
  'dataset:\n  train_dataframe: a.csv\n  prompt_column: [instruction]\ntraining:\n  learning_rate: 1.0e-4\n  epochs: 2\ntokenizer:\n  max_length: 256\nllm_backbone: owner/model\nproblem_type: text_causal_language_modeling\n';
const axolotl =
  'base_model: owner/model\ndatasets:\n  - path: a.jsonl\n    type: alpaca\nadapter: lora\nlora_r: 8\nlora_target_modules:\n  - q_proj\nmicro_batch_size: 2\ngradient_accumulation_steps: 4\nnum_epochs: 3\nlearning_rate: 0.0002\nsequence_len: 2048\nval_set_size: 0.05\n';
const llamaFactory =
  'model_name_or_path: owner/model\nstage: sft\ndo_train: true\nfinetuning_type: lora\nlora_target: all\ndataset: a\ntemplate: llama3\ncutoff_len: 2048\nper_device_train_batch_size: 1\nnum_train_epochs: 3.0\nlr_scheduler_type: cosine\n';
const huggingFace = {
  output_dir: 'x',
  learning_rate: 5e-5,
  num_train_epochs: 3,
  lr_scheduler_type: 'linear',
  warmup_ratio: 0.1,
  optim: 'adamw_torch',
};

const origin = {
  source: { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: '' },
  ...{ model: 'owner/model', modelType: 'llama', table: 'a.csv', totalSteps: 60, trainingRows: 170 },
};

const listing = [
  { type: 'file', path: 'config.json', oid: 'a'.repeat(40), size: 10 },
  {
    type: 'file',
    path: 'default/train/0000.parquet',
    oid: 'b'.repeat(40),
    size: 10,
    lfs: { oid: 'c'.repeat(64), size: 10, pointerSize: 1 },
  },
  { type: 'directory', path: 'x', oid: 'd'.repeat(40), size: 0 },
];

const about = { _id: '1', id: 'owner/model', modelId: 'owner/model', sha: 'e'.repeat(40), siblings: [] };

/** A Hub that lists this, and says that of the repository. */
const hubOf = (tree: string, repository: string): HubAccess => ({
  fetch: async (input) => {
    const answer = String(input instanceof Request ? input.url : input).includes('/tree/') ? tree : repository;
    return new Response(answer, { headers: { 'content-type': 'application/json' } });
  },
  patience: { retryDelayMs: 0 },
});

function sharedRun(example: unknown): SharedRun {
  return {
    ...{ format: 'atelier-run', version: 1, name: 'a', table: 'a.csv', created: 1_790_000_000_000 },
    model: { source: { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: '' }, hashes: null },
    data: { table: 'a'.repeat(64), validation: null, rows: null, training: 170 },
    ...sharedSettings(parseRunConfig(example)),
    ...{ phase: 'finished', step: 60, totalSteps: 60, cost: null, evalLoss: 1.25 },
    curve: curveOf([{ step: 1, epoch: 0.1, loss: 2, learningRate: 1e-4, gradNorm: 1, tokens: 10 }]),
    ...{ scores: null, heldOut: null, verdict: null },
  };
}

export async function entries(): Promise<readonly Entry[]> {
  const example = JSON.parse(textOf(seedFile('../public/example/run.json')));
  const run = memoryDirectory();
  await createRun(run, example, { fingerprint: 'abc', created: '2026-01-01T00:00:00Z' });
  await saveCheckpoint(run, 9, [{ name: 'a', shape: [2], data: new Float32Array([1, 2]) }], { seed: 7 });
  const checkpoint = await run.read('checkpoints/step-00000009.safetensors');
  const parts = (text: string) => [Uint8Array.from(bytesOf(text))];
  const archiveOf = async (name: string, text: string) =>
    zipFiles(
      Object.entries({
        ...{ 'run.json': JSON.stringify(example), 'info.json': '{"fingerprint":"abc","created":"2026-01-01"}' },
        ...{ 'origin.json': JSON.stringify(origin), 'metrics.jsonl': '{"step":1,"loss":2}\n' },
        ...{ table: 'a,b\n1,2\n', [name]: text },
      }).map(([path, each]) => ({ path, parts: parts(each) })),
    );
  const opened = async (archive: Blob) => {
    const given = await openGiven([{ path: 'run.zip', blob: archive }]);
    await requireKind(given, 'run');
    const folder = memoryDirectory();
    await restoreFolder(folder, given);
    await readOrigin(folder);
    await readConfig(folder);
    await readMetrics(folder);
    await readSamples(folder);
  };
  const archive = new Uint8Array(await (await archiveOf('x', '')).arrayBuffer());
  const settingsOf = (name: string, seed: string, file: string): Entry =>
    ofBytes(name, [bytesOf(seed)], (bytes) => readConfigText(textOf(bytes), file));
  const modelFrom = (hub: HubAccess) =>
    openHubRepository('model', 'owner/model', 'main', hub, directoryCache(memoryDirectory()));
  const shared = sharedRun(example);
  const { link } = linkOf(shared, []);
  return [
    ofJson('run-config', [example], (json) => parseRunConfig(json)),
    ofBytes('benchmark-task', [bytesOf(benchmarkTask)], (bytes) => benchmarkOf(textOf(bytes), benchmarkRow)),
    ofBytes('benchmark-rows', [bytesOf(benchmarkRow)], (bytes) => benchmarkOf(benchmarkTask, textOf(bytes))),
    settingsOf('config-h2o', h2o, 'cfg.yaml'),
    settingsOf('config-axolotl', axolotl, 'axolotl.yml'),
    settingsOf('config-llama-factory', llamaFactory, 'sft.yaml'),
    ofJson('config-hugging-face', [huggingFace], (_, text) => readConfigText(text, 'training_args.json')),
    ofBytes('run-archive', [archive], (bytes) => opened(new Blob([bytes]))),
    ofJson('run-archive-json', [example], async (_, text) => opened(await archiveOf('run.json', text))),
    ofJson('run-archive-origin', [origin], async (_, text) => opened(await archiveOf('origin.json', text))),
    ofBytes('run-metrics', [bytesOf('{"step":1,"loss":2.5,"samples":[]}\n{"step":2,"loss":2}\n')], async (bytes) => {
      const folder = memoryDirectory();
      await folder.write('metrics.jsonl', [bytes]);
      await folder.write('samples.jsonl', [bytes]);
      await readMetrics(folder);
      await readSamples(folder);
    }),
    ofBytes('run-choices', [bytesOf(choiceLine)], async (bytes) => {
      const folder = memoryDirectory();
      await folder.write('choices.jsonl', [bytes]);
      const choices = await readChoices(folder);
      tallies(choices);
      chosenPairs(choices);
    }),
    ofBytes('checkpoint', [checkpoint], async (bytes) => {
      const folder = memoryDirectory();
      await folder.write('checkpoints/step-00000009.safetensors', [bytes]);
      await loadCheckpoint(folder);
    }),
    {
      name: 'shared-link',
      input(random) {
        // Damage ends at the check sum, which a stranger makes right.
        const damaged = random() < 0.5 ? textOf(mutateBytes(random, bytesOf(link))) : null;
        const hostile = mutateJson(random, shared);
        return {
          size: damaged?.length ?? JSON.stringify(hostile).length,
          run: () => readLink(damaged ?? linkOf(hostile as SharedRun, []).link),
        };
      },
    },
    ofJson('shared-file', [JSON.parse(fileOf(shared, []))], (_, text) => readFile(new Blob([text]))),
    ofJson('hub-listing', [listing], (_, text) => modelFrom(hubOf(text, JSON.stringify(about)))),
    ofJson('hub-about', [about], (_, text) => modelFrom(hubOf(JSON.stringify(listing), text))),
    ofJson('hub-dataset', [listing], async (_, text) => {
      const hub = hubOf(text, JSON.stringify(about));
      await listDatasetParts('owner/data', 'main', hub, directoryCache(memoryDirectory()));
    }),
  ];
}
