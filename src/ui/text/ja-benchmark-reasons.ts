/** ベンチマークを実行できない理由の日本語(ja-reasons.ts の一部)。 */
export const jaBenchmarkReasons: Readonly<Record<string, string>> = {
  'it is no YAML: {0}': 'YAML として読めません: {0}',
  'it holds no keys, such as doc_to_text': 'doc_to_text などのキーがありません',
  '"{0}" is missing': '「{0}」がありません',
  '"{0}" is unknown; did you mean "{1}"?': '「{0}」は知られていないキーです。「{1}」ではありませんか',
  '"{0}" is not supported: remove it': '「{0}」には対応していません。削除してください',
  '"{0}" is Python code ({1}): write it as a template, or its result into a column of the data':
    '「{0}」は Python のコードです({1})。テンプレートで書くか、結果をデータの列に入れてください',
  '"{0}" is no text: put it in quotes': '「{0}」が文字列ではありません。引用符で囲んでください',
  '"{0}" is no list of texts: put each in quotes':
    '「{0}」が文字列のリストではありません。それぞれを引用符で囲んでください',
  '"{0}" is {1}, which is not supported: use {2}': '「{0}」の値 {1} には対応していません。{2} のどれかにしてください',
  '"{0}" holds no keys': '「{0}」にキーがありません',
  '"{0}" must be a whole number of at least 1': '「{0}」は 1 以上の整数にしてください',
  '"{0}" is no list of metrics': '「{0}」が指標のリストではありません',
  '"{0}" must have one entry with a list under "filter"': '「{0}」は、「filter」にリストを持つ項目一つにしてください',
  '"{0}" must be a whole number of at least 0': '「{0}」は 0 以上の整数にしてください',
  '"{0}" of fewshot_config is not supported: remove it':
    'fewshot_config の「{0}」には対応していません。削除してください',
  '"{0}" is no list of rows': '「{0}」が行のリストではありません',
  'it wants examples and does not say from which rows: name a fewshot_split':
    '例を使う設定ですが、どの行から取るかが書かれていません。fewshot_split を書いてください',
  'num_fewshot is {0}, and there are rows for {1} examples': 'num_fewshot が {0} ですが、例にできる行は {1} 行です',
  'of the examples {0}': '例の {0}',
  'its answer is no text': '回答が文字列ではありません',
  'repeats is {0}, and only 1 is supported: remove it': 'repeats が {0} です。1 だけに対応しています。削除してください',
  'its rows are in the data set "{0}": save them as JSONL, set dataset_path to json and name the file under dataset_kwargs, data_files':
    '行がデータセット「{0}」にあります。JSONL で保存し、dataset_path を json にして、dataset_kwargs の data_files にファイル名を書いてください',
  'it names neither test_split nor validation_split: say which rows are the questions':
    'test_split も validation_split もありません。どの行を出題するか書いてください',
  'dataset_kwargs, data_files names no file for the split "{0}"':
    'dataset_kwargs の data_files に、分割「{0}」のファイルがありません',
  'the data file "{0}" was not chosen: choose it together with the task':
    'データファイル「{0}」が選ばれていません。タスクと一緒に選んでください',
  'it is larger than {0} MB: take fewer rows': '{0} MB を超えています。行を減らしてください',
  'the metric "{0}" is not supported for {1}: use {2}': '指標「{0}」は {1} では使えません。{2} のどれかにしてください',
  'the metric "{0}" has the aggregation "{1}": use {2}':
    '指標「{0}」の集計「{1}」には対応していません。{2} にしてください',
  '"{0}" of the metric "{1}" is not supported: remove it': '指標「{1}」の「{0}」には対応していません。削除してください',
  'the filter "{0}" is not supported: use {1}': 'フィルター「{0}」には対応していません。{1} のどれかにしてください',
  'its answers are drawn at random: set do_sample to false':
    '回答をランダムに選ぶ設定です。do_sample を false にしてください',
  'the template "{0}" cannot be read: {1}': 'テンプレート「{0}」を読めません: {1}',
  'it is no JSON in line {0}': '{0} 行目が JSON ではありません',
  'its row {0} is no object with columns': '{0} 件目が、列を持つオブジェクトではありません',
  'it holds no rows': '行がありません',
  'row {0}: {1}': '{0} 件目: {1}',
  '"{0}" gives no text': '「{0}」が文字列になりません',
  '"{0}" gives no list: {1}': '「{0}」がリストになりません: {1}',
  '"{0}" is none of its {1} choices': '「{0}」は {1} 個の選択肢にありません',
  'its choices are no list of texts': '選択肢が文字列のリストではありません',
  'one of its choices is empty': '空の選択肢があります',
  'it has no right choice': '正解の選択肢がありません',
  'it has no expected answer': '正解がありません',
};
