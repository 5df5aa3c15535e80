/** エラーの文に入る理由の日本語。src の because`…` と同じ英文を鍵とし、{0}、{1} … に値が入る。 */

import { jaBenchmarkReasons } from './ja-benchmark-reasons.ts';
import { jaClusterReasons } from './ja-cluster-reasons.ts';
import { jaFileReasons } from './ja-file-reasons.ts';
import { jaGgufReasons } from './ja-gguf-reasons.ts';
import { jaSweepReasons } from './ja-sweep-reasons.ts';

export const jaReasons: Readonly<Record<string, string>> = {
  ...jaFileReasons,
  ...jaClusterReasons,
  ...jaGgufReasons,
  ...jaBenchmarkReasons,
  ...jaSweepReasons,
  // 列の推測
  'by its name': '列名から',
  'the only column': '唯一の列',
  'conversations in its cells': 'セルに会話があるため',
  'its cells are questions': 'セルが質問のため',
  'what is left': '残りの列',
  'the longest text': '最も長い文章のため',
  numbers: '数値のため',
  'few different values: {0}': '値が {0} 種類だけのため',
  // 共有された学習
  'it holds something else': '別の内容です',
  '{0} is missing or is not what belongs there': '{0} がないか、正しくありません',
  'its check sum is another one: a part of the link was changed':
    'チェックサムが合いません。リンクの一部が変わっています',
  'it is larger than {0} MB': '{0} MB を超えています',
  'it is no JSON': 'JSON ではありません',
  'it is cut off or damaged': '途中で切れているか、壊れています',
  'it would become larger than {0} MB': '展開すると {0} MB を超えます',
  'it is longer than {0} characters': '{0} 文字を超えています',
  'it has characters that no such link has': 'リンクにないはずの文字があります',
  // 学習の再開
  '{0} was not kept beside the run': '開始点の {0} が学習と一緒に保存されていません',
  'the run trains no adapter': 'この学習はアダプターを使っていません',
  // 設定ファイル
  'it is empty': '空です',
  'no update was done yet': 'まだ一度も更新していません',
  'it names no file': 'ファイルが書かれていません',
  'must be an object': 'オブジェクトで書いてください',
  'must be text': '文字列で書いてください',
  'must be one character, neither a quote nor a line break, or tab; empty = found out':
    '引用符と改行を除く 1 文字か tab で書いてください(空なら自動で判定します)',
  'must be true or false': 'true か false で書いてください',
  'must be a number {0}': '{0}の数で書いてください',
  'must be a whole number {0}': '{0}の整数で書いてください',
  'of at least {0}': '{0} 以上',
  'from {0} to {1}': '{0} から {1} まで',
  'must be one of {0}': '{0} のいずれかにしてください',
  'must be a list of names': '名前のリストで書いてください',
  'must be a list of names or a regular expression': '名前のリストか正規表現で書いてください',
  'must be a list of names, a regular expression or "all-linear"':
    '名前のリスト、正規表現、"all-linear" のいずれかで書いてください',
  'must be a name or a selector such as {"contains": "layers.2."}':
    '名前か、{"contains": "layers.2."} のような条件で書いてください',
  'must be a list of names and selectors': '名前と条件のリストで書いてください',
  'must be an object of module patterns and numbers': 'モジュールのパターンと数のオブジェクトで書いてください',
  'must be a list of layer numbers': 'レイヤー番号のリストで書いてください',
  'it must be an address such as http://localhost:11434/v1': 'http://localhost:11434/v1 のようなアドレスが必要です',
  // データ作り
  'rows of this task have no prompt to work from': 'このタスクの行には、もとにするプロンプトがありません',
  'its rows are whole conversations (dataset.messages_column)': '行が会話全体です(dataset.messages_column)',
  'its rows are turns of conversations (dataset.parent_id_column)': '行が会話の一部です(dataset.parent_id_column)',
  'the worse answers have prompts of their own (dataset.rejected_prompt_column)':
    'rejected の回答に別のプロンプトがあります(dataset.rejected_prompt_column)',
  'no row to learn from has a prompt of at most {0} characters':
    '学習する行に、{0} 文字以下のプロンプトを持つものがありません',
  'no row to learn from has an answer to go with a paraphrase':
    '学習する行に回答がなく、言い換えに付けるものがありません',
  'the table was opened anew since row {0} was made': '行 {0} を作ったあとに表が開き直されました',
  'of its rows only {0} can be made': 'この表の行から作れるのは {0} だけです',
  'the request text {0} has no place {{1}}': '依頼文 {0} に {{1}} がありません',
  'the server needs an address such as http://localhost:11434/v1':
    'サーバーには http://localhost:11434/v1 のようなアドレスが必要です',
  "the name of the server's model is missing": 'サーバーのモデル名がありません',
  '{0} is no text of a request': '{0} という依頼文はありません',
  'its answer has no text': '応答に文章がありません',
  'it could not be reached': 'つながりません',
  'it answered {0}': '応答は {0} でした',
  'its answer has no [[score]]': '回答に [[点数]] がありません',
  'a learned prompt or prefix needs each example in a row of its own':
    '学習するプロンプトやプレフィックスでは、例ごとに一つの行が必要です',
  'answers that are compared need a row each, so rows cannot be packed':
    '選好の学習では、比べる回答を別々の行に置くため、パッキングは使えません',
  'answers are scored once before training, so their tokens cannot be masked':
    '選好の学習では、学習前のモデルの採点を一度だけ行うため、トークンを隠せません',
  'answers are scored whole, so each batch is padded to its longest row: set it to 1':
    '選好の学習では、行を切らずに採点し、バッチを最も長い行に揃えるため、1 にしてください',
  'pairs that are taken apart have no rows before them: leave it empty, or choose a label column':
    '組を分けて学習するときは前の行をたどれないため、空にするか、ラベルの列を選んでください',
  '{0} has no label smoothing: set it to 0': '{0} にはラベル平滑化がないため、0 にしてください',
  'KTO compares each answer with those of the other rows of its batch: set it to 2 or more':
    'KTO では、同じバッチのほかの行の回答と比べるため、2 以上にしてください',
  'what is learned of a prompt follows from the loss: switch it on':
    'プロンプトを学習するかどうかは損失関数で決まるため、オンにしてください',
  '{0} has no label smoothing: set it to 0, or choose one of {1}':
    '{0} ではラベル平滑化を使えないため、0 にするか、{1} のいずれかを選んでください',
  '{0} special tokens stand around a text, and it allows {1} in all':
    'テキストには特殊トークンが {0} 個付きますが、全体で {1} トークンまでしか許されていません',
  '{0} special tokens stand around two texts, and it allows {1} in all':
    '2 つのテキストには特殊トークンが {0} 個付きますが、全体で {1} トークンまでしか許されていません',
  'the model has {0} positions': 'モデルの位置は {0} までです',
  'none of the texts has two tokens': '2 トークン以上の文が一つもありません',
  'there are {0} texts, and at most {1} are read': '文が {0} 個あります。読むのは {1} 個までです',
  'batch norms need whole batches: switch it on': 'バッチ正規化には揃ったバッチが必要なので、オンにしてください',
  'a batch norm cannot take statistics of one pixel': '一画素ではバッチ正規化の統計を取れません',
  'none, for pictures': '画像では 0',
  'class {0} is not among those that are trained': 'クラス {0} は学習するクラスにありません',
  'it needs a training.learning_rate above 0': 'training.learning_rate は 0 より大きい必要があります',
  'a prompt that starts from a text needs the text': 'テキストから始めるプロンプトには、そのテキストが必要です',
  'only an adapter that was made so can be continued (tuning.init_from)':
    'そのように作られたアダプターの続き(tuning.init_from)でだけ使えます',
  'methods without virtual tokens': '仮想トークンを使わない手法',
  'the head with LoRA, and other modules with {0}': 'ヘッドには LoRA、ほかのモジュールには {0}',
  'nothing beside {0}': '{0} だけ(ほかは学習しない)',
  'weights without LoRA (init_lora_weights takes the fresh matrices out of this one)':
    'LoRA のない重み(この init_lora_weights は、この重みから最初の行列の分を引きます)',
  'parameters whose module has no adapted ones inside': '内側にアダプターのないモジュールのパラメーター',
  'modules that are not trained whole as well': '全体を学習しないモジュール',
  "{0}, which this model's head is tied to (both are then trained)": 'ヘッドと共有されている {0}(両方が学習されます)',
  'DoRA on linear layers': '線形層への DoRA',
  "this method on {0}, which AdapterHub's library adapts; not on {1}":
    'この手法は AdapterHub が対応する {0}({1} は対象外)',
  'this method on {0}, which PEFT has it for; not on {1}': 'この手法は PEFT が対応する {0}({1} は対象外)',
  'it is longer than {0} bytes': '{0} バイトより長い',
  'it came without encryption': '暗号化されずに届いた',
  'it is a web page': 'ウェブページである',
  'its list has no end': '一覧に終わりがない',
  'it is not the JSON that the Hub answers': 'Hub が返す JSON ではない',
  'it is another part ({0}) than was asked for (from {1} of {2} bytes)':
    '求めた部分(全 {2} バイトの {1} から)と違う部分({0})である',
  'it has {0} bytes instead of {1}': '{1} バイトのはずが {0} バイトである',
  'it lists a file that cannot be: {0}': 'あり得ないファイルが一覧にある: {0}',
  'an added token has no text': '追加されたトークンに文字列がありません',
  'its vocabulary has a piece without a text': '語彙に文字列のない項目があります',
  'its vocabulary has a token with the id {0}': '語彙に id {0} のトークンがあります',
  'its sections lie too deep': '項目の入れ子が深すぎます',
  'its pattern {0} repeats repetitions, and might never end':
    'パターン {0} は繰り返しの繰り返しで、照合が終わらない恐れがあります',
  'it puts a long text before others': '長い文字列を本文に差し込みます',
  'it cuts words of up to {0} characters, more than {1}':
    '{0} 文字までの単語を区切る設定で、上限の {1} 文字を超えています',
  'it makes of one character more than {0}': '1 文字が {0} 文字より多くに置き換わります',
  'it cuts texts by no whole number': '文章を区切る長さが整数ではありません',
  '{0} repeats repetitions, and might never end': '{0} は繰り返しの繰り返しで、照合が終わらない恐れがあります',
  '{0} is not a regular expression': '{0} は正規表現ではありません',
  '{0} has none of the keys {1}': '{0} に {1} のどのキーもありません',
  'a part of a name': '名前の一部',
  'a share from 0 to 100': '0 から 100 までの割合',
  'a whole number of layers': 'レイヤー数(整数)',
  'a whole number': '整数',
  true: 'true',
  '{0} must be {1}': '{0} は{1}で書いてください',
  '{0} takes no {1}': '{0} に {1} は使えません',
  'there are no usual targets for {0}; name the modules':
    '{0} には既定の対象がありません。モジュールを指定してください',
  'it needs layers_to_transform, the numbers of the layers': 'レイヤー番号(layers_to_transform)も必要です',
  '{0} says by itself which layers are meant; name the modules in a list, or put the layers into the expression':
    '{0} がレイヤーも決めています。モジュールをリストで書くか、レイヤーを正規表現に含めてください',
  'rank {0} is not a whole number above 0': 'ランク {0} は 1 以上の整数ではありません',
  // 設定ファイル
  'the adapter_config.json of a PEFT adapter': 'PEFT アダプターの adapter_config.json',
  'the config.json of a model': 'モデルの config.json',
  'the trainer_state.json of a finished run': '終わった学習の trainer_state.json',
  'a tokenizer': 'トークナイザー',
  'a list': 'リスト',
  nothing: '空',
  'a single value': '一つの値',
  'it holds {0}, and settings are an object of keys and values': '中身は{0}ですが、設定はキーと値のオブジェクトです',
  'it is not JSON: {0}': 'JSON ではありません。{0}',
  'it is neither JSON nor YAML: {0}': 'JSON でも YAML でもありません。{0}',
  'it is nested more than {0} levels deep': '入れ子が {0} 段より深くなっています',
  'the key {0} stands twice, again at {1}': '同じキー {0} が二つあります。二つ目は{1}です',
  'it ends before its last bracket is closed': '最後のかっこが閉じる前に終わっています',
  'line {0}, column {1}': '{0} 行 {1} 文字目',
  'a comma too many before the "{0}" of {1}': '{1}の「{0}」の前のカンマが余分です',
  'at {0} stands {1}': '{0}に {1} があります',
  'at {0} stands {1}, which JSON does not have: write a number':
    '{0}に、JSON にない {1} があります。数値を書いてください',
  '{0} is no name': '{0} は名前ではありません',
  '{0} stands where it must not': '{0} の位置が正しくありません',
  // アダプターとチェックポイント
  'it was made with other training rows or templates': '学習データかテンプレートが違います',
  'what the model said before training is not kept with the run, or is of other rows':
    '学習前のモデルの採点が実行に残っていないか、別の行のものです',
  'it was made with seed {0}': 'シード {0} で作られました',
  'it was made when int4 kept the head as published, and it takes 8 bits now':
    'int4 がヘッドを元の精度のまま保持していた版で作られました。現在は 8 ビットで保持します',
  'it is at step {0}, and with these settings the run ends at step {1}':
    'チェックポイントはステップ {0} のもので、この設定の学習は {1} ステップまでです',
  'the checkpoint of step {0} has no sound {1}': 'ステップ {0} のチェックポイントの {1} が正しくありません',
  'the checkpoint of step {0} says that it is of step {1}':
    'ステップ {0} のチェックポイントに、ステップ {1} のものと書かれています',
  'the file {0} says that it is of step {1}': 'ファイル {0} に、ステップ {1} のものと書かれています',
  '{0} holds a value that is no finite number': '{0} に有限の数でない値があります',
  '{0} holds {1}, and it is never below 0': '{0} に {1} がありますが、0 未満にはなりません',
  'it has no {0} of shape [{1}]': '形 [{1}] の {0} がありません',
  'it has no tensor {0}': 'テンソル {0} がありません',
  'it does not say which model it was made with': 'どのモデルで作られたかが書かれていません',
  '{0} is no JSON': '{0} は JSON ではありません',
  '{0} is damaged at {1}': '{0} の {1} が壊れています',
  'it did not answer for {0} s': '{0} 秒間応答がありませんでした',
  'the run kept no weights of a step after the first': '最初のステップより後の重みが保存されていません',
  'its metrics.jsonl does not say the learning rate of update {0}': 'metrics.jsonl に更新 {0} の学習率がありません',
  'the run was not saved': '学習が保存されていません',
  'the file {0} is damaged': 'ファイル {0} が壊れています',
  'the file of step {0} is damaged; resume the run, which is whole up to step {1}':
    'ステップ {0} のファイルが壊れています。ステップ {1} までは無事なので、学習を再開してください',
  'open {0} first, beside the model': '先に {0} をモデルと一緒に開いてください',
  'it classifies and has no head ({0})': '分類用なのにヘッド({0})がありません',
  'its task_type is {0}, and the model is opened for another task':
    'task_type は {0} ですが、モデルは別のタスク用に開かれています',
  'it is {0} of {1}, {2}': '{1}の {0} で、{2}',
  '{0} (of {1})': '{0}({1})',
  'a decoder that classifies': '分類するデコーダー',
  'whose result in PEFT depends on the other rows of a batch': 'PEFT では結果がバッチのほかの行に左右されます',
  'a model that gives a vector of each text': '文ごとにベクトルを出すモデル',
  'it gives vectors, and the script writes logits': 'ベクトルを出すモデルですが、スクリプトが書くのは logits です',
  'which sentence-transformers pools without the virtual tokens':
    'sentence-transformers は仮想トークンを除いて文のベクトルを求めます',
  'each text is embedded on its own, so rows cannot be packed':
    'テキストを一つずつ埋め込むため、パッキングは使えません',
  'texts are embedded as they are: set it to 0': 'テキストはそのまま埋め込むため、0 にしてください',
  'texts are embedded whole: set it to 1': 'テキスト全体を埋め込むため、1 にしてください',
  'it is read for classification and regression only: leave it empty':
    '分類と回帰でのみ読み込まれるため、空にしてください',
  'the text would hold its own label (answer_column): choose another column':
    '読む文にそのラベル(answer_column)が含まれてしまうため、別の列を選んでください',
  'it names the two texts of a pair: two columns': '組になる二つの文の列を、二つ指定してください',
  'a text is told from those of the other rows of its batch: take 2 rows or more':
    '同じバッチのほかの行の文と見分けて学ぶため、2 行以上にしてください',
  'its numbers go from {0} to {1}, and cosines from -1 to 1: divide them so that they lie there':
    '数の範囲が {0} から {1} で、コサインは -1 から 1 です。この範囲に入るように割ってください',
  'modules.json says {0}; supported are Transformer, Pooling, Normalize':
    'modules.json の構成は {0} です。対応しているのは Transformer, Pooling, Normalize です',
  'its pooling is {0}; supported are mean and cls': 'プーリングは {0} です。対応しているのは mean と cls です',
  'its encoder is used for {0}': 'エンコーダーの用途が {0} です',
  'include_prompt of its pooling is not supported': 'プーリングの include_prompt には対応していません',
  'do_lower_case of sentence_bert_config.json is not supported':
    'sentence_bert_config.json の do_lower_case には対応していません',
  'its default_prompt_name puts "{0}" before every text: set it to null in config_sentence_transformers.json, and write what stands before a text into the text':
    'default_prompt_name がすべての文の前に「{0}」を置く設定です。config_sentence_transformers.json で null にし、前に置くものは文の中に書いてください',
  'a model that fills in masked tokens': 'マスクしたトークンを当てるモデル',
  'to which PEFT adds no virtual tokens': 'PEFT はこのモデルに仮想トークンを加えません',
  'other modules (the output that masked tokens are told by is tied to it; full fine-tuning trains both)':
    'ほかのモジュール(マスクしたトークンを当てる出力と重みを共有しています。フルファインチューニングなら両方を学習します)',
  '0 (this task masks tokens itself)': '0(この学習自体がトークンをマスクします)',
  'the token embedding changed, which masked tokens are told by as well':
    'トークン埋め込みが変わっていて、マスクしたトークンを当てる出力と重みを共有しています',
  'a model that classifies tokens': 'トークンを分類するモデル',
  'whose labels PEFT does not move behind the virtual tokens': 'PEFT はラベルを仮想トークンの後ろへ動かしません',
  'it has no tensor {0}; its tensors are {1}, …': 'テンソル {0} がありません。あるのは {1} などです',
  '{0} is [{1}], and here it would be [{2}]': '{0} は [{1}] ですが、ここでは [{2}] のはずです',
  'the method {0}': '手法 {0}',
  '{0} = {1} (supported: {2})': '{0} = {1}(使えるのは {2})',
  'tensor {0} of shape [{1}] belongs to nothing that the config targets in this model':
    '形 [{1}] のテンソル {0} は、設定が対象とするこのモデルのどこにも当たりません',
  'it has {0}, of a part that is not the text model, which alone is opened here; adapt the modules of language_model alone':
    'テキストモデル以外の部分の {0} を持っています。ここで開くのはテキストモデルだけです。language_model のモジュールだけを対象にしてください',
  'it adapts {0}, a part of the head, which is trained whole here; save it whole (modules_to_save)':
    'ヘッドの一部である {0} を対象にしています。ここではヘッドは全体を学習します。全体を保存してください(modules_to_save)',
  'it saves the token embedding or the head alone, and training here changes both, which are tied':
    'トークン埋め込みとヘッドの一方だけを持っていますが、ここでの学習は共有された両方を変えます',
  'Merge it into its base (studio merge) and train the merged model, or use it as it is.':
    'ベースモデルにマージして(studio merge)そのモデルを学習するか、このまま使ってください。',
  '{0} saves what its encoder made, not the encoder':
    '{0} が保存するのはエンコーダーの出力で、エンコーダーではありません',
  "Use it as it is, train on with the method prompt, or resume the run's own checkpoint.":
    'このまま使うか、手法 prompt で続けるか、その学習のチェックポイントから再開してください。',
  'the run trains {0}, which the adapter lacks': '学習する {0} がアダプターにありません',
  '{0} is [{1}] in the adapter and [{2}] in the run': '{0} はアダプターで [{1}]、設定ファイルで [{2}] です',
  'the adapter has {0}, which the run does not train': 'アダプターの {0} は、この設定ファイルでは学習されません',
  '{0} is {1} in the adapter and {2} in the run': '{0} はアダプターで {1}、設定ファイルで {2} です',
  'its method is not known': '知られていない手法です',
  '{0} is {1}, which is not supported': '{0} が {1} で、対応していません',
  'it uses leave_out, which is not supported': 'leave_out には対応していません',
  'reduction_factor is not a number': 'reduction_factor が数ではありません',
  'it took a part out of {0}, which is tied to the token embedding':
    'トークン埋め込みと共有されている {0} から一部を引いています',
  'its decomposition was drawn at random': '分解に乱数が使われています',
  'the published weights do not tell how': '公開された重みからは、どう変えられたか分かりません',
  '{0} is not a number': '{0} が数ではありません',
  '{0} gives no number for {1}': '{0} の {1} が数ではありません',
  'target_modules or exclude_modules is neither a text nor a list':
    'target_modules か exclude_modules が、文字列でもリストでもありません',
  'its modules have {0} weights where {1} can be decomposed here':
    '対象の重みは {0} 個ですが、ここで分解できるのは {1} 個までです',
  '{0} million': '{0} 百万',
  'it does not follow from these weights: they have no one decomposition': 'この重みの分解は一通りに決まりません',
  'models of the type {0} are not written for mlx-lm': '{0} 型のモデルは mlx-lm 用に書き出せません',
  'mlx-lm only writes text': 'mlx-lm が扱うのは文章の生成だけです',
  'mlx-lm reads LoRA and DoRA, and this is {0}': 'mlx-lm が読むのは LoRA と DoRA で、これは {0} です',
  'mlx-lm reads the adapter alone, and weights of the base were trained beside it':
    'mlx-lm が読むのはアダプターだけですが、ベースの重みも学習されています',
  'mlx-lm computes longrope with its factors for long texts at every length':
    'mlx-lm は、長さにかかわらず、長い文章用の係数で longrope を計算します',
  'the head is tied to the token embedding, and mlx-lm adapts both or none':
    'ヘッドとトークン埋め込みが重みを共有していて、mlx-lm では片方だけに適用できません',
  'it was trained over a base that its start had changed': '初期化で変えられたベースの上で学習されています',
  'the head is no longer tied to the token embedding': 'ヘッドがトークン埋め込みと重みを共有しなくなっています',
  '{0} was changed, and PEFT has no place for it beside an adapter':
    '{0} が変わっていて、PEFT ではアダプターと一緒に保存できません',
  'no matrix of a linear layer was changed': '線形層の行列が変わっていません',
  'its layers are convolutions': 'レイヤーが畳み込みです',
};
