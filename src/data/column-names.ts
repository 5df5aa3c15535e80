/** Names that columns of public data sets usually have. */

// Usual names in public instruction data sets, English and Japanese, the likeliest first.
export const promptNames = [
  ...['instruction', 'instructions', 'prompt', 'question', 'query', 'user', 'human', 'problem', 'source'],
  ...['指示', '指示文', '命令', '質問', '質問文', '問い', '問題', '設問', 'プロンプト', 'ユーザー', '発話'],
  ...['問い合わせ', 'お問い合わせ', '問合せ', '問い合わせ内容', 'お客様の声', '相談', '依頼', 'メール'],
];
export const inputNames = ['input', 'inputs', 'context', '入力', '入力文', '文脈', 'コンテキスト', '補足'];
export const answerNames = [
  ...['output', 'outputs', 'completion', 'answer', 'response', 'reply', 'assistant', 'target', 'solution', 'chosen'],
  ...['出力', '出力文', '回答', '回答文', '応答', '応答文', '返答', '答え', '解答', '正解', '返信', 'アシスタント'],
  ...['返信文', '返事', '回答例', '模範解答', '対応', '対応内容'],
  // What is made of a text.
  ...['summary', 'summaries', 'highlights', 'translation', 'paraphrase', 'rewrite', 'corrected'],
  ...['要約', '要約文', 'まとめ', '翻訳', '訳', '訳文', '和訳', '英訳', '言い換え', '校正', '修正後'],
];
/** The better and the worse of two answers, as TRL, H2O LLM Studio and others call them. */
export const chosenNames = ['chosen', 'chosen_response', 'preferred', '選択', '良い回答'];
export const rejectedNames = ['rejected', 'rejected_response', 'rejected_answer', 'dispreferred', '却下', '悪い回答'];
export const rejectedPromptNames = ['rejected_prompt', 'prompt_rejected'];
/** What says of an answer whether it is good. */
export const verdictNames = [
  ...['label', 'desirable', 'is_desirable', 'is_good', 'thumbs_up', 'verdict', 'feedback', 'rating'],
  ...['良否', '判定', 'フィードバック', 'ラベル', '評価'],
];
/** Texts that belong together, as sentence-transformers' data sets call them: what is asked or first, its own, another. */
export const anchorNames = [
  ...['anchor', 'query', 'question', 'sentence1', 'sentence_1', 'sentence_a', 'text1', 'premise'],
  ...['検索文', '質問', '質問文', '文1'],
];
export const positiveNames = [
  ...[
    'positive',
    'pos',
    'passage',
    'answer',
    'document',
    'sentence2',
    'sentence_2',
    'sentence_b',
    'text2',
    'hypothesis',
  ],
  ...['正例', '回答', '回答文', '文書', '文2'],
];
export const negativeNames = ['negative', 'neg', 'hard_negative', 'negative_1', '負例'];
export const scoreNames = ['score', 'similarity', 'similarity_score', 'label', '類似度', 'スコア'];

export const textNames = [
  ...['text', 'content', 'document', 'sentence', 'review', 'comment', 'body', 'tweet'],
  ...['テキスト', '本文', '文章', '文', '内容', 'レビュー', '口コミ', 'コメント', '感想', '意見'],
];
/** The two texts of a pair: of entailment, paraphrase, likeness, and questions with what may answer them. */
export const pairNames = [
  ...[
    ['premise', 'hypothesis'],
    ['sentence1', 'sentence2'],
    ['sentence_1', 'sentence_2'],
    ['sentence_a', 'sentence_b'],
  ],
  ...[
    ['sent1', 'sent2'],
    ['text1', 'text2'],
    ['text_1', 'text_2'],
    ['text_a', 'text_b'],
    ['question1', 'question2'],
  ],
  ...[
    ['query', 'passage'],
    ['query', 'document'],
    ['query', 'text'],
    ['question', 'passage'],
    ['question', 'sentence'],
  ],
  ...[
    ['前提', '仮説'],
    ['前提文', '仮説文'],
    ['文1', '文2'],
    ['文章1', '文章2'],
    ['テキスト1', 'テキスト2'],
    ['質問', '本文'],
  ],
] as const;
export const titleNames = ['title', 'subject', '件名', 'タイトル', '題名'];
export const systemNames = [
  'system',
  'system_prompt',
  'systemprompt',
  'systeminstruction',
  'system_instruction',
  'システム',
  'システムプロンプト',
];
export const messagesNames = [
  'messages',
  'conversations',
  'conversation',
  'dialog',
  'dialogue',
  'chat',
  'contents',
  '会話',
  '対話',
];
export const parentNames = ['parent_id', 'parentid', 'parent', '親id', '親の番号'];
const classNames = [
  ...['label', 'labels', 'class', 'category', 'sentiment', 'intent', 'topic'],
  ...['spam', 'is_spam', 'toxic', 'is_toxic'],
  ...['ラベル', '分類', 'クラス', 'カテゴリ', 'カテゴリー', '感情', '極性', '種別', '区分', '意図', '担当部署'],
];
export const labelNames = [...classNames, 'score', 'rating', 'stars', 'grade', '評価', '点数', 'スコア'];
export const tagNames = ['tags', 'ner_tags', 'labels', 'entities', 'spans', 'label', 'タグ'];
export const wordNames = ['tokens', 'words', '単語', 'トークン'];
export const idNames = ['id', 'message_id', 'row_id', 'uuid', '番号'];

export function plainName(column: string): string {
  return column.normalize('NFKC').trim().toLowerCase();
}

/** The first of the columns that is called so, the likeliest name first. */
export function named<C extends { readonly name: string }>(
  columns: readonly C[],
  names: readonly string[],
): C | undefined {
  const plain = columns.map(({ name }) => plainName(name));
  const place = names.map((name) => plain.indexOf(name)).find((at) => at >= 0);
  return place === undefined ? undefined : columns[place];
}

const usual = new Set(
  [promptNames, inputNames, answerNames, textNames, systemNames, messagesNames, parentNames, idNames].flat(),
);

/** Whether a name says that a column's values stand for classes, numbers too. */
export const isClassName = (name: string): boolean => classNames.includes(plainName(name));

/** Whether a name says that it is a column's. */
export const isUsualName = (name: string): boolean => usual.has(plainName(name));
