/** Names that columns of public data sets usually have. */

// Usual names in public instruction data sets, English and Japanese, the likeliest first.
export const promptNames = [
  ...['instruction', 'instructions', 'prompt', 'question', 'query', 'user', 'human', 'problem', 'source'],
  ...['指示', '指示文', '命令', '質問', '質問文', '問い', '問題', '設問', 'プロンプト', 'ユーザー', '発話'],
];
export const inputNames = ['input', 'inputs', 'context', '入力', '入力文', '文脈', 'コンテキスト', '補足'];
export const answerNames = [
  ...['output', 'outputs', 'completion', 'answer', 'response', 'reply', 'assistant', 'target', 'solution', 'chosen'],
  ...['出力', '出力文', '回答', '回答文', '応答', '応答文', '返答', '答え', '解答', '正解', '返信', 'アシスタント'],
];
export const textNames = ['text', 'content', 'document', 'テキスト', '本文', '文章'];
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
export const idNames = ['id', 'message_id', 'row_id', 'uuid', '番号'];

export function plainName(column: string): string {
  return column.normalize('NFKC').trim().toLowerCase();
}

const usual = new Set(
  [promptNames, inputNames, answerNames, textNames, systemNames, messagesNames, parentNames, idNames].flat(),
);

/** Whether a name says that it is a column's. */
export const isUsualName = (name: string): boolean => usual.has(plainName(name));
