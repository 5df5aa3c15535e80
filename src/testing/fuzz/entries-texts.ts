import { modelFromConfig } from '../../models/registry.ts';
import { renderChat } from '../../text/chat-template.ts';
import { createTokenizer, type Tokenizer } from '../../text/tokenizer.ts';
import { selectParameters } from '../../tuning/select.ts';
import { patternValue, targetModules } from '../../tuning/target-modules.ts';
import { tinyLlama } from '../tiny-llama.ts';
import type { Entry } from './entries.ts';
import { bytesOf, ofBytes, ofJson, seedFiles, textOf } from './makers.ts';

const golden = 'text/golden';

/** A text goes there and back. */
function used(tokenizer: Tokenizer): void {
  const ids = tokenizer.encode("Hello, 世界!  it's 1234 <s> a\n\n b");
  tokenizer.decode(ids);
  tokenizer.encodeText('one two', 8);
}

const bpe = {
  version: '1.0',
  added_tokens: [
    { id: 6, content: '<s>', special: true, normalized: false, single_word: false, lstrip: true, rstrip: false },
  ],
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: { Regex: "'s|'t| ?\\p{L}+| ?\\p{N}+|\\s+(?!\\S)|\\s+" },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    special_tokens: { '<s>': { id: '<s>', ids: [6], tokens: ['<s>'] } },
  },
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: { a: 0, b: 1, H: 2, e: 3, l: 4, ll: 5 },
    merges: ['l l'],
    unk_token: null,
    byte_fallback: false,
  },
};
const ends = { sep: ['<s>', 6], cls: ['<s>', 6] };
/** The same where two texts stand in one. */
const ofPairs = [
  {
    ...bpe.post_processor,
    pair: [
      ...bpe.post_processor.single,
      { SpecialToken: { id: '<s>', type_id: 0 } },
      { Sequence: { id: 'B', type_id: 1 } },
    ],
  },
  { type: 'Sequence', processors: [{ type: 'ByteLevel' }, { type: 'RobertaProcessing', ...ends }] },
  { type: 'BertProcessing', ...ends },
].map((post_processor) => ({ ...bpe, post_processor }));
const unigram = {
  ...bpe,
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, split: true },
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['▁', -1],
      ['a', -2],
      ['He', -3],
      ['l', -4],
    ],
  },
};
const wordPiece = {
  ...bpe,
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, a: 1, hello: 2, '##b': 3 },
  },
};

const templates = [
  "{% for m in messages %}{% if m['role'] == 'user' %}<|{{ m.role }}|>{{ m['content'] | trim }}{% else %}{{ m.content.split('x')[-1] }}{% endif %}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}",
  "{%- set ns = namespace(found=false, n=0) -%}{%- for m in messages[1:] -%}{%- set ns.n = ns.n + loop.index -%}{{ m | tojson(indent=2) }}{{ range(ns.n) | list | join(', ') }}{{ 'ab' * ns.n }}{%- endfor -%}{{ ns.n }}",
  '{% macro say(x, y=1) %}{{ x ~ y }}{% endmacro %}{% for m in messages if m.role %}{{ say(m.content) | replace("a", "bb") | upper }}{{ m.items() | list }}{% endfor %}',
];

const parameters = Array.from({ length: 40 }, (_, index) => ({
  name: `model.layers.${index}.self_attn.q_proj.weight`,
  shape: [4, 4],
  dtype: 'F32',
  layer: index,
  role: 'matrix',
}));

const selectors = [
  { contains: 'q_proj' },
  { regex: '(\\w+\\.)*layers\\.(1|2)\\..*' },
  { glob: '*.layers.?.*' },
  { freeze_first_layers: 2, match: 'index-prefix' },
  { random: 20, seed: 3, mode: 'corrected' },
  'model.layers.1',
];

const model = modelFromConfig(tinyLlama);

function usedPattern(pattern: string): void {
  patternValue({ [pattern]: 2 }, 'tuning.rank_pattern', 'model.layers.1.self_attn.q_proj', 1);
  const targets = targetModules(model, { targets: pattern });
  targetModules(model, { targets, exclude: pattern.replace('q', 'x') });
}

export async function entries(): Promise<readonly Entry[]> {
  const config = {
    bos_token: '<s>',
    eos_token: { content: '</s>' },
    chat_template: templates[0],
    added_tokens_decoder: { 7: { content: '</s>', special: true } },
  };
  return [
    ofJson('tokenizer-pairs', ofPairs, (json) => {
      createTokenizer({ tokenizerJson: json }).encodePair('all ab', 'Hell', 9);
    }),
    ofJson('tokenizer-json', [bpe, unigram, wordPiece], (json) => used(createTokenizer({ tokenizerJson: json }))),
    ofJson('tokenizer-config', [config], (json) =>
      used(createTokenizer({ tokenizerJson: bpe, tokenizerConfig: json })),
    ),
    ofBytes('sentencepiece', seedFiles(golden, /\.model$/), (bytes) => used(createTokenizer({ sentencePiece: bytes }))),
    ofBytes('sentencepiece-classes', seedFiles(golden, /^unigram.*\.model$/), (bytes) => {
      for (const modelType of ['xlm-roberta', 'camembert']) used(createTokenizer({ sentencePiece: bytes, modelType }));
    }),
    ofJson('vocabulary-files', [{ vocab: bpe.model.vocab, merges: '#version: 0.2\nl l\n' }], (json) => {
      const { vocab, merges } = (json ?? {}) as { vocab?: unknown; merges?: unknown };
      const tokenizerConfig = { tokenizer_class: 'GPT2Tokenizer', unk_token: 'a', bos_token: 'a', eos_token: 'a' };
      used(
        createTokenizer({ vocabularyJson: vocab, merges: typeof merges === 'string' ? merges : null, tokenizerConfig }),
      );
    }),
    ofBytes('chat-template', templates.map(bytesOf), (bytes) => {
      const tokenizer = createTokenizer({
        tokenizerJson: bpe,
        tokenizerConfig: { chat_template: textOf(bytes) || 'x' },
      });
      const messages = [
        { role: 'user' as const, content: 'Hi' },
        { role: 'assistant' as const, content: 'Yo' },
      ];
      renderChat(tokenizer, messages, { addGenerationPrompt: true });
    }),
    ofJson('selectors', selectors, (json) => {
      if (typeof json === 'string' || (typeof json === 'object' && json !== null))
        selectParameters(parameters as never, json as never);
    }),
    ofBytes(
      'target-modules',
      ['.*(q|v)_proj', '(\\w+\\.)+q_proj', 'layers.(?P<n>\\d+).mlp|a{2,3}+'].map(bytesOf),
      (bytes) => usedPattern(textOf(bytes)),
    ),
    ofBytes('vocab-txt', [bytesOf('[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\nhello\n##b\n')], (bytes) =>
      used(createTokenizer({ vocabularyText: textOf(bytes), modelType: 'bert' })),
    ),
  ];
}
