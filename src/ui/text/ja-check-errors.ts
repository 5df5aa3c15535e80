/** 学習を始める前にデータについて分かったことの日本語。 */
import type { checkErrors } from '../../errors-of-checks.ts';

export const jaCheckErrors: Readonly<Record<keyof typeof checkErrors, { cause: string; action: string }>> = {
  'prompt-missing': {
    cause: 'プロンプトの列が選ばれていないか、すべて空です。何に対する回答なのかが分かりません。',
    action:
      'プロンプトの列(dataset.prompt_column)を選ぶか、「テキスト」の学習(dataset.problem_type を text)にしてください。',
  },
  'verdicts-all-good': {
    cause: '{rows} 件の回答のラベルがすべて「よい」で、区別する悪い回答がありません。',
    action:
      '悪い回答を加えるか、別のラベルの列(dataset.label_column)を選ぶか、これらの回答を学習するタスク(指示応答)を選んでください。',
  },
  'verdicts-all-bad': {
    cause: '{rows} 件の回答のラベルがすべて「悪い」で、学習するよい回答がありません。',
    action: 'よい回答を加えるか、別のラベルの列(dataset.label_column)を選んでください。',
  },
  'verdicts-uneven': {
    cause: 'よい回答が {good} 件、悪い回答が {bad} 件で、いまの重みでは一方の影響が大きすぎます。',
    action: 'training.desirable_weight を {low} から {high} の間にしてください。',
  },
  'questions-cut': {
    cause:
      '{of} 件中 {rows} 件で、プロンプトがすべて切り捨てられます(max_length は {limit}、最も長い行は {longest} トークン)。',
    action: 'max_length を {needed} にするか、残った部分だけで学習してください(tokenizer.allow_truncation)。',
  },
  'rows-cut': {
    cause: '{of} 件中 {rows} 件が途中で切り捨てられます(max_length は {limit}、最も長い行は {longest} トークン)。',
    action: 'max_length を {needed} にするか、残った部分だけで学習してください(tokenizer.allow_truncation)。',
  },
  'questions-cut-at-reach': {
    cause:
      '{of} 件中 {rows} 件で、プロンプトがすべて切り捨てられます。モデルが読めるのは {limit} トークンまでですが、最も長い行は {longest} トークンです。',
    action:
      'これらの行を短くする、分ける、除く、コンテキスト長の大きいモデルを選ぶ、または残った部分だけで学習してください(tokenizer.allow_truncation)。',
  },
  'rows-cut-at-reach': {
    cause:
      '{of} 件中 {rows} 件が途中で切り捨てられます。モデルが読めるのは {limit} トークンまでですが、最も長い行は {longest} トークンです。',
    action: 'これらの行を短くする、分ける、除く、またはコンテキスト長の大きいモデルを選んでください。',
  },
  'rows-cut-in-part': {
    cause: '{of} 件中 {rows} 件が max_length_prompt か max_length_answer で切り捨てられます。',
    action: 'この二つの設定を大きくするか、0(個別の上限なし)にしてください。',
  },
  'columns-unread': {
    cause: '列「{column}」だけをテキストとして学習します。使わない列: {columns}。',
    action: 'ほかの列も学習に使うなら、「タスク」で「指示応答(プロンプト → 回答)」か「テキスト分類」を選んでください。',
  },
  'labels-like-text': {
    cause: '列「{column}」のラベルはテキストのようです(例:「{label}」)。{rows} 件に {classes} 種類あります。',
    action:
      'ラベルの列(dataset.answer_column)を選び直すか、「タスク」で「指示応答(プロンプト → 回答)」を選んでください。',
  },
  'labels-as-many': {
    cause: '列「{column}」には {rows} 件に {classes} 種類のクラスがあり、クラスごとの件数が少なすぎて学習できません。',
    action: 'ラベルの列(dataset.answer_column)を選び直すか、各クラスの行を増やしてください。',
  },
  'validation-small': {
    cause: '検証データが {rows} 件しかなく、良し悪しを判断できません。',
    action: '5 件以上を検証用に分けてください(dataset.validation_size、または検証用のファイル)。',
  },
  'validation-leaks': {
    cause: '学習データの {rows} 件が検証データにもあり、検証の成績が実際より良く見えます。',
    action: '重複する行を除いてください(dataset.drop_duplicates)。',
  },
};
