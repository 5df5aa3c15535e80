// What llama.cpp makes of GGUF files: `node interop/llama/read.mjs JOBS.json OUT.json`.
// A job: {gguf, lora?, texts: [text], sequences: [[id]], prompts: [[id]], steps, messages?}. Its answer: {bos, addsBos,
// eos, tokens: the ids of each text; logProbabilities: of each sequence, at each place, of every id; greedy: of each
// prompt, `steps` more ids}. llama.cpp cuts texts with special tokens parsed and none added.
// Of a model that says labels: {gguf, classify: [[id]], texts}, answered by {bos, end, tokens, scores: of each sequence those of
// all labels}, the tokens around a text null where there are none.
import { readFileSync, writeFileSync } from 'node:fs';
import { getLlama, LlamaLogLevel, LlamaVocabularyType } from 'node-llama-cpp';

const [jobsFile, outFile] = process.argv.slice(2);
const jobs = JSON.parse(readFileSync(jobsFile, 'utf8'));
const said = [];
const llama = await getLlama({
  build: 'never',
  gpu: false,
  skipDownload: true,
  logLevel: LlamaLogLevel.warn,
  logger: (level, message) => said.push(`${level}: ${message}`),
});
const answers = [];
for (const job of jobs) {
  try {
    answers.push(await (job.classify ? scoresOf(job) : answerOf(job)));
  } catch (error) {
    answers.push({ error: [String(error.message ?? error), ...said.slice(-5)].join('\n') });
  }
  said.length = 0;
}
writeFileSync(outFile, JSON.stringify(answers));
process.exit(0);

async function answerOf({ gguf, lora, texts = [], sequences = [], prompts = [], steps = 0 }) {
  const model = await llama.loadModel({ modelPath: gguf, gpuLayers: 0, useMmap: false });
  const context = await model.createContext({
    contextSize: Math.min(model.trainContextSize, 256),
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
    ...(lora ? { lora: { adapters: [{ filePath: lora, scale: 1 }] } } : {}),
  });
  const answer = {
    bos: model.tokens.bos,
    eos: model.tokens.eos,
    addsBos: model.tokens.shouldPrependBosToken,
    addsEos: model.tokens.shouldAppendEosToken,
    addsSpace: model.vocabularyType === LlamaVocabularyType.spm,
    template: model.fileInfo.metadata?.tokenizer?.chat_template ?? null,
    tokens: texts.map((text) => [...model.tokenize(text, true)]),
    logProbabilities: [],
    greedy: [],
  };
  const sequence = context.getSequence();
  for (const ids of sequences) {
    await sequence.clearHistory();
    answer.logProbabilities.push(await places(sequence, ids));
  }
  for (const ids of prompts) {
    await sequence.clearHistory();
    const written = [];
    let next = likeliest((await places(sequence, ids)).at(-1));
    while (written.push(next) < steps) next = likeliest((await places(sequence, [next])).at(-1));
    answer.greedy.push(written);
  }
  await context.dispose();
  await model.dispose();
  return answer;
}

/** node-llama-cpp ranks by the first score alone; its context has all of them. */
async function scoresOf({ gguf, classify, texts }) {
  const model = await llama.loadModel({ modelPath: gguf, gpuLayers: 0, useMmap: false });
  const ranking = await model.createRankingContext({ contextSize: 64, threads: 1 });
  const { _llamaContext: context, _sequence: sequence } = ranking;
  const answer = {
    bos: model.tokens.shouldPrependBosToken ? model.tokens.bos : null,
    end: model.tokens.shouldAppendEosToken ? (model.tokens.sep ?? model.tokens.eos) : null,
    tokens: texts.map((text) => [...model.tokenize(text, true)]),
    scores: [],
  };
  for (const ids of classify) {
    await sequence.clearHistory();
    for await (const _ of sequence.evaluate(ids, { _noSampling: true })) break;
    answer.scores.push([...context._ctx.getEmbedding(ids.length)]);
  }
  await ranking.dispose();
  await model.dispose();
  return answer;
}

/** Of each id what may come after it: the logarithms of the probabilities of every id. */
async function places(sequence, ids) {
  const asked = ids.map((id) => [
    id,
    { generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } } },
  ]);
  const found = await sequence.controlledEvaluate(asked);
  return found.map(({ next }) => {
    const all = [];
    for (const [id, probability] of next.probabilities) all[id] = Math.log(probability);
    return Array.from(all, (value) => value ?? null);
  });
}

function likeliest(values) {
  return values.reduce((best, value, id) => (value > values[best] ? id : best), 0);
}
