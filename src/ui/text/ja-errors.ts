import type { ErrorCode, ErrorWording } from '../../errors.ts';

/** src/errors.ts のすべてのエラーの日本語。原因を一文、続いて次にすること。 */
export const jaErrors: Readonly<Record<ErrorCode, ErrorWording>> = {
  'safetensors-invalid': {
    cause: '{file} は safetensors ファイルではありません({reason})。',
    action: 'モデルの .safetensors ファイルを選ぶか、ダウンロードし直してください。',
  },
  'safetensors-truncated': {
    cause: '{file} が途中で切れています。ヘッダーによれば {needed} バイト必要ですが、ファイルは {actual} バイトです。',
    action: 'コピーが不完全です。ダウンロードし直してください。',
  },
  'torch-invalid': {
    cause: '{file} は読み込みません({reason})。',
    action:
      'transformers の save_pretrained などで safetensors として保存し直すか、新しく公開されたものを使ってください。',
  },
  'dtype-unsupported': {
    cause: 'テンソル {tensor} のデータ型 {dtype} は、ここでは学習に使えません。',
    action: 'F32、F16、BF16 のいずれかで保存されたチェックポイントを使ってください。',
  },
  'tensor-missing': {
    cause: 'チェックポイントにテンソル {tensor} がありません。',
    action: '分割ファイルがすべて揃っているか、config.json がこの重みのものかを確かめてください。',
  },
  'tensors-named-otherwise': {
    cause: 'チェックポイントにテンソル {tensor} がありません。テンソルの名前は {found} のような形です。',
    action: 'モデルを包むものを外して(transformers の save_pretrained で)保存し直し、そのフォルダーを開いてください。',
  },
  'checkpoint-holds-adapter': {
    cause: 'チェックポイントに、重みのほかアダプターが入ったままです({found})。',
    action: 'PEFT の merge_and_unload で統合して保存し直し、そのフォルダーを開いてください。',
  },
  'head-missing': {
    cause:
      'チェックポイントに出力の埋め込み {tensor} がなく、config.json では {embedding} と共有していないことになっています。',
    action:
      'それを含む分割ファイルを加えるか、共有して学習されたモデルなら tie_word_embeddings を true にしてください。',
  },
  'weights-several': {
    cause: '重みが何組もあります({sets})。',
    action: 'どれが最新かを示すものがありません。一組だけ残し、ほかはフォルダーの外へ移してください。',
  },
  'weights-quantised': {
    cause: '重みは量子化されています({scheme}、{tensor})。',
    action:
      'F32、F16、BF16 で公開されたモデルを選んでください。8 ビットや 4 ビットにするには、ここの model.weights を使えます。',
  },
  'tensor-shape': {
    cause: 'テンソル {tensor} の形は [{actual}] ですが、config.json によれば [{expected}] のはずです。',
    action: 'この重みと一緒に公開された config.json を使ってください。',
  },
  'config-invalid': {
    cause: 'config.json を使えません({reason})。',
    action: 'モデルと一緒に公開された config.json を使ってください。',
  },
  'model-type-unsupported': {
    cause: '種類が「{modelType}」のモデルには対応していません。',
    action: '次のいずれかの種類のモデルを選んでください: {supported}。',
  },
  'task-unsupported': {
    cause: 'モデルの種類「{modelType}」は、この問題の種類({task})には使えません。',
    action: '問題の種類(dataset.problem_type)をモデルに合わせるか、別のモデルを選んでください。',
  },
  'half-unsupported': {
    cause: 'mixed_precision が f16 ですが、{device} は 16 ビット演算(shader-f16)に対応していません。',
    action: 'mixed_precision を auto にしてください。',
  },
  'file-missing': {
    cause: 'ファイル {file} がありません。',
    action: '{file} をフォルダーに加えて、もう一度試してください。',
  },
  'path-missing': {
    cause: '{path} というファイルやフォルダーはありません。',
    action: '綴りを確かめてください。実行設定の中のパスは、そのファイルのあるフォルダーが基準です。',
  },
  'not-a-file': { cause: '{path} はフォルダーです。ファイルが必要です。', action: '中のファイルを指定してください。' },
  'tokenizer-missing': {
    cause:
      'モデルに tokenizer.json も SentencePiece のモデル(tokenizer.model、spiece.model)も語彙ファイル(vocab.json と merges.txt、または vocab.txt)もありません。',
    action: 'モデルのページから tokenizer.json(と tokenizer_config.json)を加えてください。',
  },
  'tokenizer-convert': {
    cause: '{file} からトークナイザーを作れません({reason})。',
    action:
      '足りないファイルを加えるか、Python で AutoTokenizer.from_pretrained(モデル).save_pretrained(フォルダー) を実行して tokenizer.json を書き出し、モデルと同じフォルダーに置いてください。',
  },
  'tokenizer-no-eos': {
    cause: 'トークナイザーに EOS トークンが指定されていませんが、{key} で必要です。',
    action: 'tokenizer_config.json に "eos_token" を加えるか、{key} をオフにしてください。',
  },
  'template-missing': {
    cause: 'モデルにチャットテンプレートがありません。',
    action: '別のプロンプトテンプレート(alpaca、h2o、custom)を選んでください。',
  },
  'template-refused': {
    cause: 'モデルのチャットテンプレートがこの会話を受け付けません(「{reason}」)。',
    action: 'メッセージに従ってデータを直すか、別のプロンプトテンプレート(alpaca、h2o、custom)を選んでください。',
  },
  'template-refuses-system': {
    cause: 'モデルのチャットテンプレートはシステムテキストを受け付けません(「{reason}」)。',
    action: 'システムの列を「なし」にするか、システムテキストをプロンプトに移してください。',
  },
  'template-failed': {
    cause: 'モデルのチャットテンプレートを実行できません({reason})。',
    action: '別のプロンプトテンプレート(alpaca、h2o、custom)を選んでください。',
  },
  'tokenizer-invalid': {
    cause: 'トークナイザーを読めません({reason})。',
    action: 'モデルのトークナイザーのファイルをダウンロードし直してください。',
  },
  'hub-unauthorized': {
    cause: '{host} で {model} を読むにはサインインが必要です。',
    action: 'アクセストークンを入力してください。トークンはメモリーにだけ置かれます。',
  },
  'hub-forbidden': {
    cause: 'お使いのアカウントでは {host} の {model} を読めません。',
    action: 'モデルのページで利用条件に同意してから、トークンを入れてもう一度試してください。',
  },
  'hub-not-found': {
    cause: '{host} に {model} のリビジョン {revision} はありません。',
    action: '名前(所有者/名前)とリビジョンを確かめてください。',
  },
  'hub-offline': {
    cause: '{host} につながりませんでした。',
    action: '接続を確かめて、もう一度試してください。ダウンロード済みのものは残っています。',
  },
  'hub-failed': {
    cause: '{host} が {file} に対して {status} を返しました。',
    action: '少し待ってから、もう一度試してください。',
  },
  'hash-mismatch': {
    cause: '{file} は途中で壊れました。ハッシュが公開されたものと違います。',
    action: '壊れたコピーは消しました。ダウンロードし直してください。',
  },
  'storage-full': {
    cause: 'ブラウザーが {bytes} バイトの保存を断りました。',
    action: '空き容量を増やすか、古いモデルや実行を消してから、もう一度試してください。',
  },
  'dataset-empty': {
    cause: '{host} のデータセット {dataset} には、読める表がありません。',
    action: 'Parquet、CSV、TSV、JSON、JSONL のファイルがあるデータセットを選んでください。',
  },
  'validation-missing': {
    cause: '検証には別のファイルを使う設定ですが、まだ開かれていません。',
    action: 'データの段階で検証用のファイルを開くか、表の一部を検証に使ってください。',
  },
  'csv-empty': { cause: '{file} にデータの行がありません。', action: '見出し行の下に行を加えてください。' },
  'csv-quotes': {
    cause: '{file} の {row} 行目から始まる引用符が閉じていません。',
    action: '引用符を閉じるか、本文中の引用符は二つ重ねてください。',
  },
  'data-format-unsupported': {
    cause: '{file} はこの版で読める表ではありません。',
    action: 'UTF-8 の CSV、TSV、JSON、JSONL か、Parquet、Excel(.xlsx)で保存してください。',
  },
  'table-invalid': {
    cause: '{file} を拡張子どおりの形式として読めません: {reason}。',
    action: 'もう一度保存するかダウンロードするか、CSV を使ってください。',
  },
  'json-invalid': {
    cause: '{file} は JSON として読めません。{line} 行目の {column} 文字目に「{found}」は置けません。',
    action:
      'その箇所を直すか、1 行に 1 つの JSON オブジェクト(.jsonl)またはオブジェクトのリスト(.json)として保存し直してください。',
  },
  'json-no-rows': {
    cause: '{file} に行のリストがありません。先頭は {found} です。',
    action:
      '[{"列": "テキスト"}, …] のようなオブジェクトのリスト、または 1 行に 1 つのオブジェクト(.jsonl)で保存してください。',
  },
  'zip-unreadable': {
    cause: '{file} を展開できません({reason})。',
    action: 'フォルダーを普通の .zip に作り直すか、フォルダーをそのまま選んでください。',
  },
  'pictures-missing': {
    cause: '画像は {pictures} 枚、種類は {classes} 種類でした。見分けるものがありません。',
    action: '種類ごとにその名前のフォルダーを作って画像を入れ、その上のフォルダーを選んでください。',
  },
  'picture-unreadable': {
    cause: '{file} は、ここで読める画像ではありません。',
    action: 'PNG か JPEG で保存し直すか、取り除いてください。',
  },
  'column-missing': {
    cause: 'データに列 {column} がありません。あるのは {columns} です。',
    action: 'データ画面で列を選ぶか、dataset.prompt_column と dataset.answer_column に書いてください。',
  },
  'column-unchosen': {
    cause: '学習する列が選ばれていません。データにある列は {columns} です。',
    action: 'データ画面で列を選ぶか、dataset.prompt_column と dataset.answer_column に書いてください。',
  },
  'preference-data': {
    cause:
      '選好データ(chosen と rejected の答え、または true / false の付いた答え)です。ここでは選好の学習をしません。',
    action:
      'よい答えだけを残し、その列を選んでください(dataset.answer_column または messages_column を chosen か completion に)。',
  },
  'conversations-none': {
    cause: '会話を一つも読めません。{row} 行目の欄は、役割と内容のあるメッセージのリストではありません。',
    action: '会話の列を選び直すか、[{"role": "user", "content": "…"}, …] の形で書いてください。',
  },
  'conversations-role': {
    cause: '会話を一つも読めません。{row} 行目に、知られていない役割のメッセージがあります。',
    action: '役割は system、user、assistant、tool(または system、human、gpt)にしてください。',
  },
  'conversations-no-text': {
    cause: '会話を一つも読めません。{row} 行目に、画像など文章のないメッセージがあります。',
    action: '内容が文章の会話を使ってください。',
  },
  'conversations-unanswered': {
    cause: '会話を一つも読めません。{row} 行目ではだれも答えていません。',
    action: '役割が assistant(または gpt)のメッセージを含む会話を使ってください。',
  },
  'conversations-tools': {
    cause:
      '会話を書き表せません。{row} 行目にツールまたはツール呼び出しがあり、プロンプトテンプレートがそれを知らないか、JSON として読み取れません。',
    action: 'ツールを扱うチャットテンプレートのあるモデルで「chat」を使うか、これらの行を除いてください。',
  },
  'conversation-circular': {
    cause: '{row} 行目の会話は、親の番号をたどると自分に戻ってきます。',
    action: '親の番号を直すか、親の列を選ばないでください。',
  },
  'rows-too-few': {
    cause: '学習に使う行が {rows} 行で、バッチの {batchSize} 行に足りません。',
    action:
      'バッチサイズか検証用の割合を下げるか、行を増やしてください。パッキングでは、いくつかの例が一行になります。',
  },
  'labels-none': {
    cause: '列「{column}」にラベルのある行がありません。',
    action: 'ラベルの列(dataset.answer_column)を選び直してください。',
  },
  'labels-no-number': {
    cause: '列「{column}」の {row} 行目のラベル「{label}」は数ではありません。',
    action: 'その行を直す(小数点は「.」)か、別の列を選ぶか、クラスの分類に切り替えてください。',
  },
  'labels-one-class': {
    cause: '列「{column}」のラベルがどの行も「{label}」です。',
    action: '別のクラスの行を加えるか、ラベルの列(dataset.answer_column)を選び直してください。',
  },
  'labels-count': {
    cause: '列「{column}」には {found} 個のクラス({names})がありますが、num_classes は {classes} です。',
    action: 'num_classes を {found} か、自動で数える 0 にするか、ラベルを直してください。',
  },
  'labels-all-masked': {
    cause: '学習されるトークンがありません。どの答えも空か、切り捨てられています。',
    action: 'max_length を上げるか、答えの列を確かめるか、「答えだけを学ぶ」を外してください。',
  },
  'answers-empty': {
    cause: '学習するものがありません。すべての答えが空か、重みが 0 です。',
    action: '答えの入った列を選んでください(dataset.answer_column)。',
  },
  'nothing-trained': {
    cause: '何も学習されません。チェックの入ったパラメーターがありません。',
    action:
      '学習する層にチェックを入れるか、LoRA を付けてください(tuning.train_parameters、tuning.lora_target_modules)。',
  },
  'nothing-quantised': {
    cause: '重みを {weights} にできません。どの行列も学習され、学習されるものはそのままの精度で持つためです。',
    action: 'LoRA で学習するか、凍結した層を残すか、重みを公開時のままにしてください。',
  },
  'nothing-matched': {
    cause: '「{pattern}」に当てはまるパラメーターが、このモデルにはありません。',
    action: 'パラメーターの木に見える名前の一部を使ってください。',
  },
  'all-excluded': {
    cause: '「{pattern}」に当てはまるモジュールは、exclude_modules か modules_to_save によってすべて除かれています。',
    action: 'exclude_modules か modules_to_save を減らすか、ほかのモジュールにアダプターを付けてください。',
  },
  'nothing-excluded': {
    cause: 'exclude_modules の「{pattern}」は何も除きません。重みを持つモジュールに、その名前のものがありません。',
    action:
      'モジュールのパス全体か、ドットより後ろの末尾の名前、またはパス全体に対する正規表現に直すか、空にしてください。',
  },
  'pattern-unsaid': {
    cause: 'パターン {pattern} は Python だけの書き方({syntax})を使っています。',
    action:
      'モジュール名の一覧に書き換えてください(adapter_config.json では target_modules、実行設定では tuning.lora_target_modules)。',
  },
  'run-config-strange-key': {
    cause: '実行設定に知らないキー {key} があります。',
    action: 'キーを消してください。使えるキーと、ほかに読めるプログラムの設定は docs/run-config.md にあります。',
  },
  'run-config-unknown-key': {
    cause: '実行設定に知らないキー {key} があります。',
    action: '{nearest} のことでしょうか。キーを消すか、名前を直してください。',
  },
  'run-config-invalid': {
    cause: '実行設定の {key} の値が正しくありません({reason})。',
    action: '値を直してください。使える値は docs/run-config.md にあります。',
  },
  'settings-unreadable': {
    cause: '{file} を設定として読めません({reason})。',
    action: 'その箇所を直すか、設定を保存し直してください。',
  },
  'settings-of-another': {
    cause: '{file} は {program} の設定で、ここでは引き継げません。',
    action: '必要な値を画面か実行設定に書いてください。キーの一覧は docs/run-config.md にあります。',
  },
  'not-settings': {
    cause: '{file} は {what} で、学習の設定ではありません。',
    action:
      '実行設定(run.json)を選んでください。モデルは model.llm_backbone、続きから学習するアダプターは tuning.init_from で指定します。',
  },
  'setting-unsupported': {
    cause: '{key} = {value} は、この版では使えません。',
    action: '次のいずれかを選んでください: {supported}。',
  },
  'adapter-invalid': {
    cause: 'アダプターを読み込めません({reason})。',
    action: 'このモデルのために作られたアダプターを選んでください。',
  },
  'adapter-otherwise': {
    cause: 'この実行設定では、アダプターの続きを学習することになりません({reason})。',
    action:
      'adapter_config.json の値を tuning に書いてください(r は lora_r、target_modules は lora_target_modules、ほかは同じ名前)。画面で「続きから学習」すれば自動で引き継がれます。',
  },
  'adapter-not-continued': {
    cause: 'このアダプターの続きは学習できません({reason})。',
    action: '{instead}',
  },
  'adapter-unsupported': {
    cause: 'アダプターが使っている {what} には対応していません。',
    action:
      '統合できる手法であれば、PEFT でベースモデルに統合して保存し(merge_and_unload、save_pretrained)、そのフォルダーをモデルとして開いてください。',
  },
  'adapter-vocabulary': {
    cause:
      'アダプターの語彙は {found} トークンですが、モデルは {expected} トークンです({tensor})。語彙の大きさが変えられています。',
    action:
      '学習時と同じくモデルの語彙を変え(transformers の resize_token_embeddings({found}))、アダプターのトークナイザーと一緒に保存したフォルダーを開いてください。',
  },
  'adapter-changes-base': {
    cause: 'アダプターは init_lora_weights "{init}" で学習されていて、ベースの重みも変えられています({reason})。',
    action:
      'PEFT の save_pretrained に path_initial_model_for_weight_conversion(学習前のアダプター)を渡し、通常の LoRA として保存し直してください。',
  },
  'cannot-merge': {
    cause: '方式「{method}」は重みの変更ではないため、重みに統合できません。',
    action: 'アダプターをダウンロードし、モデルと並べて読み込んでください。',
  },
  'export-unfit': {
    cause: '{method} で学習したものは、{target} の形では書き出せません。',
    action: '別の形を選んでください。',
  },
  'export-needs-run': {
    cause: 'これは実行のフォルダーから書き出すものですが、重みだけが与えられています。',
    action: '実行のフォルダーを指定してください(--run DIR)。',
  },
  'loss-not-finite': {
    cause: 'ステップ {step} で損失が {value} になりました。',
    action: '学習率を下げるか、gradient_clip を 1 にしてください。最後の正常なチェックポイントは残っています。',
  },
  'webgpu-unavailable': {
    cause: 'このブラウザーでは WebGPU が使えません({reason})。',
    action:
      '新しい Chrome か Edge(Windows と Apple シリコンの Mac では Firefox も)を使うか、executor を "tfjs-wasm" にしてプロセッサーで学習してください(遅くなります)。',
  },
  'gpu-out-of-memory': {
    cause: 'GPU に、あと {bytes} バイトを置く場所がありません。',
    action: 'batch_size か max_length を下げるか、学習する層を減らしてください。',
  },
  'gpu-limit': {
    cause: '{what} が {needed} 必要ですが、この GPU の上限は {limit} です。',
    action: 'batch_size か max_length を下げるか、もっと小さいモデルを使ってください。',
  },
  'gpu-validation': {
    cause: 'GPU が命令を受け付けませんでした({reason})。',
    action: 'Atelier の不具合です。詳細を添えて知らせてください。',
  },
  'device-lost': {
    cause: 'GPU がリセットされました(多くはメモリー不足かドライバーが原因です): {reason}。',
    action: '実行は保存されています。再開するか、バッチを小さくして再開してください。',
  },
  'memory-too-small': {
    cause: 'このモデルは {executor} で {needed} バイト必要ですが、上限は {limit} バイトです。',
    action: 'WebGPU を使うか、もっと小さいモデルを選んでください。',
  },
  'checkpoint-invalid': {
    cause: 'チェックポイントを使えません({reason})。',
    action: '新しく実行を始めるか、別のチェックポイントを選んでください。',
  },
  'archive-invalid': {
    cause: 'このファイルは書き出した実行ではありません({reason})。',
    action: '実行の一覧の「書き出す」で保存した .zip を選んでください。',
  },
  'merge-differs': {
    cause:
      '統合したモデルの答えが、元のモデルとアダプターを合わせた答えと違います(ロジットの誤差 {error}、許容 {limit})。',
    action: '代わりにアダプターをダウンロードし、モデルと一緒に読み込んでください。',
  },
  'run-model-missing': {
    cause: 'この実行はフォルダーのモデル「{model}」で行われましたが、そのモデルが開いていません。',
    action: 'モデルの段階でそのフォルダーを開いてから、実行に戻ってください。',
  },
  'run-going-on': {
    cause: '別の実行がこのデバイスで学習中です。',
    action: '終わるまで待つか、先に停止してください。停止した実行はあとで再開できます。',
  },
  'judge-failed': {
    cause: '採点モデル({endpoint})から点数を得られませんでした({reason})。',
    action: 'アドレス、モデル名、キーと、このページからの接続が許可されているかを確認してください。',
  },
  'prompt-too-long': {
    cause: '会話が {tokens} トークンあり、モデルに入るのは {limit} トークンまでです。',
    action: '新しい会話を始めるか、文を短くしてください。',
  },
  usage: { cause: '{reason}', action: '使い方は --help で見られます。' },
  internal: {
    cause: 'Atelier の内部で問題が起きました({reason})。',
    action: '詳細を添えて知らせてください。開いたものはそのまま残っています。',
  },
};
