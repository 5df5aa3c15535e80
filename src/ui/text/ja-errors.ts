import type { ErrorCode, ErrorWording } from '../../errors.ts';
import { jaCheckErrors } from './ja-check-errors.ts';
import { jaPublishingErrors } from './ja-publishing-errors.ts';
import { jaRunErrors } from './ja-run-errors.ts';

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
    action: 'PEFT の merge_and_unload でマージして保存し直し、そのフォルダーを開いてください。',
  },
  'head-missing': {
    cause:
      'チェックポイントに出力の埋め込み {tensor} がなく、config.json では {embedding} と共有していないことになっています。',
    action:
      'それを含む分割ファイルを加えるか、共有して学習されたモデルなら tie_word_embeddings を true にしてください。',
  },
  'decoder-embeds': {
    cause:
      'sentence-transformers のフォルダー(modules.json)ですが、中身は {modelType} 型のデコーダーです。ここではデコーダーで文のベクトルを求めません。',
    action: 'BERT や ModernBERT などのエンコーダーを選ぶか、出力の埋め込みがある、文章を書くモデルを選んでください。',
  },
  'head-untrained': {
    cause: '重みに分類の出力層がありません({tensor} がどのファイルにもありません)。',
    action: '学習するか(studio train)、出力層を含むアダプターを --adapter で指定してください。',
  },
  'vectors-otherwise': {
    cause: '文のベクトルの求め方(modules.json)に対応していません({reason})。',
    action: '対応している求め方のモデルを選ぶか、sentence-transformers をそのままお使いください。',
  },
  'weights-several': {
    cause: '重みが何組もあります({sets})。',
    action: 'どれが最新かを示すものがありません。一組だけ残すか、使うファイルを名前で指定してください。',
  },
  'weights-quantised': {
    cause: '重みは量子化されています({scheme}、{tensor})。',
    action:
      '同じモデルの F32、F16、BF16 版(8 ビットや 4 ビットにするには model.weights)か、bitsandbytes の 4 ビット版(名前が -bnb-4bit で終わることが多い)を選んでください。',
  },
  'tensor-shape': {
    cause: 'テンソル {tensor} の形は [{actual}] ですが、config.json によれば [{expected}] のはずです。',
    action: 'この重みと一緒に公開された config.json を使ってください。',
  },
  'config-invalid': {
    cause: 'config.json を使えません({reason})。',
    action:
      'モデルと一緒に公開された config.json を使ってください。それが公開されたものなら、このモデルにはまだ対応していません。同じ系列の別のモデルか、おすすめのモデルを選んでください。',
  },
  'model-type-unsupported': {
    cause: '種類が「{modelType}」のモデルには対応していません。',
    action: '次のいずれかの種類のモデルを選んでください: {supported}。',
  },
  'model-type-refused': {
    cause: '種類が「{modelType}」のモデルには対応していません: {reason}。',
    action: '最も近い種類 {nearest} のモデルを選んでください。',
  },
  'task-unsupported': {
    cause: 'モデルの種類「{modelType}」は、このタスク({task})には使えません。',
    action: 'データのステップで「タスク」(dataset.problem_type)を選び直すか、別のモデルを選んでください。',
  },
  'text-pair-unread': {
    cause:
      'モデルの種類「{modelType}」は、このタスクでは 1 つ目のテキストと並べて 2 つ目のテキストを読むことができません(dataset.text_pair_column)。',
    action:
      '分類か数値の予測をする BERT や DeBERTa などのエンコーダーを選ぶか、両方の列を dataset.prompt_column に指定して 1 つのテキストにし、試すときも 1 つのテキストを入力してください。',
  },
  'mask-missing': {
    cause: 'このトークナイザーにはマスクトークンがないため、マスクしたトークンを学習できません。',
    action: 'マスクトークンで事前学習されたモデルを選ぶか、tokenizer_config.json に mask_token を加えてください。',
  },
  'mask-wanted': {
    cause: 'テキストに {mask} がありません。',
    action: '当てさせたい箇所に {mask} と書いてください。',
  },
  'texts-wanted': {
    cause: 'テキストどうしの類似度を求めますが、テキストが一つしかありません。',
    action: '1 行に 1 つずつ、2 つ以上のテキストを入力してください。',
  },
  'masked-head-missing': {
    cause: 'チェックポイントに、マスクしたトークンを当てるヘッド({tensor})がありません。',
    action: 'ヘッドを含むチェックポイント(…ForMaskedLM)を選ぶか、このモデルでは分類を選んでください。',
  },
  'half-unsupported': {
    cause: 'mixed_precision が f16 ですが、{device} は 16 ビット演算(shader-f16)に対応していません。',
    action: 'mixed_precision を auto にしてください。',
  },
  'files-of-another-kind': {
    cause: '{name} の中身は{found}です。ここで必要なのは{wanted}です。',
    action: '{instead}',
  },
  'pictures-wanted': {
    cause: '種類が「{modelType}」のモデルは画像を見分けるものですが、開いているのは表です。',
    action:
      'データのステップで画像(クラスごとにフォルダーを分けたフォルダーか .zip)を開くか、テキスト用のモデルを選んでください。',
  },
  'table-wanted': {
    cause: '種類が「{modelType}」のモデルはテキストを読むものですが、開いているのは画像です。',
    action: 'データのステップで表を開くか、画像用のモデルを選んでください。',
  },
  'file-missing': {
    cause: 'ファイル {file} がありません。',
    action: '{file} をフォルダーに加えて、もう一度試してください。',
  },
  'path-missing': {
    cause: '{path} というファイルやフォルダーはありません。',
    action: '綴りを確かめてください。設定ファイルの中のパスは、そのファイルのあるフォルダーが基準です。',
  },
  'not-a-file': { cause: '{path} はフォルダーです。ファイルが必要です。', action: '中のファイルを指定してください。' },
  'tokenizer-missing': {
    cause:
      'モデルに tokenizer.json も SentencePiece のモデル(tokenizer.model、spiece.model、spm.model、sentencepiece.bpe.model)も語彙ファイル(vocab.json と merges.txt、または vocab.txt)もありません。',
    action: 'モデルのページから tokenizer.json(と tokenizer_config.json)を加えてください。',
  },
  'tokenizer-dictionary': {
    cause: 'このモデルのトークナイザーは {analyser} とその辞書で単語を区切りますが、ここでは使えません。',
    action:
      'sbintuitions/modernbert-ja-130m や cl-nagoya/ruri-v3-130m など、辞書の要らない日本語モデルを選んでください。',
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
    cause: 'モデルのチャットテンプレートはシステムプロンプトを受け付けません(「{reason}」)。',
    action: '「システムプロンプト」にした列を「使わない」にするか、その内容をプロンプトに移してください。',
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
  'hub-stalled': {
    cause: '{host} から {seconds} 秒間、何も届きません。',
    action: '接続を確かめて、もう一度試してください。ダウンロード済みのものは残っています。',
  },
  'hub-busy': {
    cause: '{host} が混み合っていて、{minutes} 分待つよう求めています。',
    action: '時間をおいて、もう一度試してください。ダウンロード済みのものは残っています。',
  },
  'hub-answer-wrong': {
    cause: '{host} の {file} への応答が正しくありません({reason})。',
    action:
      'サインインのページやプロキシーが間に入っていないか確かめて、もう一度試してください。届いたものは残していません。',
  },
  'hub-cancelled': {
    cause: '中止しました。',
    action: 'もう一度試せます。ダウンロード済みのものは残っています。',
  },
  'hub-elsewhere': {
    cause: '別のタブかプロセスが {file} をダウンロードしています。',
    action: '終わるまで待ちます。',
  },
  'hash-mismatch': {
    cause: '{file} は途中で壊れました。ハッシュが公開されたものと違います。',
    action: '壊れたコピーは消しました。ダウンロードし直してください。',
  },
  'storage-full': {
    cause: 'あと {bytes} バイトを保存する空きがありません。ディスクか、ブラウザーの保存領域がいっぱいです。',
    action: '空き容量を増やすか、古いモデルや学習を消してから、もう一度試してください。',
  },
  'dataset-empty': {
    cause: '{host} のデータセット {dataset} には、読める表がありません。',
    action: 'Parquet、CSV、TSV、JSON、JSONL のファイルがあるデータセットを選んでください。',
  },
  'validation-missing': {
    cause: '検証には別のファイルを使う設定ですが、まだ開かれていません。',
    action: 'データのステップで検証用のファイルを開くか、表の一部を検証に使ってください。',
  },
  'csv-empty': { cause: '{file} にデータの行がありません。', action: '見出し行の下に行を加えてください。' },
  'conll-apart': {
    cause: '{file} には、どの行にも単語とタグがあり列の数がそろった文がありません。{row} 行目を見てください。',
    action: '1 行に単語を一つ書き、タブのあとにタグを書き、文と文の間は 1 行空けてください。',
  },
  'json-too-large': {
    cause: '{file} は全体で一つの JSON ですが、一度に読み込める長さ(5 億 1,200 万文字)を超えています。',
    action: '1 行に 1 オブジェクトの形(.jsonl)で保存してください。1 行ずつ読み込みます。',
  },
  'table-too-wide': {
    cause: '{file} の列が {most} を超えています。',
    action: '学習に使う列だけを残してください。行ごとにキーが違う場合は、すべての行のキーを揃えてください。',
  },
  'table-too-sparse': {
    cause: '{file} は {rows} 行 × {columns} 列以上の表になり、ファイルの中身よりはるかに大きくなります。',
    action: 'すべての行のキーを揃えるか、学習に使う列だけを残してください。',
  },
  'reading-too-long': {
    cause: '{file} を {seconds} 秒以内に読み取れなかったため、読み取りを中止しました。ほかの処理には影響ありません。',
    action:
      'ファイルが壊れている可能性があります。保存またはダウンロードし直してください。表は .csv で保存してください。',
  },
  'cell-too-long': {
    cause: '{file} の {row} 行目が {most} 文字を超えています。',
    action: '文章を複数の行に分けてください。',
  },
  'picture-too-large': {
    cause: '{file} は {width} × {height} ピクセルあり、ファイルの大きさに対して読み込める範囲を超えています。',
    action: '縮小するか、取り除いてください。モデルが見るのは一辺数百ピクセルです。',
  },
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
    action:
      '種類ごとにその名前のフォルダーを作って画像を入れ、その上のフォルダーかその .zip を選んでください。または、列 file と label のある .csv に画像を書いてください。',
  },
  'picture-unreadable': {
    cause: '{file} は、ここで読める画像ではありません。',
    action: 'PNG か JPEG で保存し直すか、取り除いてください。',
  },
  'column-missing': {
    cause: 'データに列 {column} がありません。あるのは {columns} です。',
    action: 'データにある列を選んでください(dataset.prompt_column、dataset.answer_column)。',
  },
  'column-unchosen': {
    cause: '学習する列が選ばれていません。データにある列は {columns} です。',
    action: 'データにある列を選んでください(dataset.prompt_column、dataset.answer_column)。',
  },
  'verdicts-unknown': {
    cause: 'ラベルを読み取れません。{row} 行目のラベルは、よいとも悪いとも読めません。',
    action:
      'true か false(または 1 と 0、yes と no、good と bad)と書くか、別の列を選んでください(dataset.label_column)。',
  },
  'preference-data': {
    cause:
      '選好データ(chosen と rejected の回答、または true / false の付いた回答)ですが、回答の列が選ばれていません。',
    action:
      '各行に chosen と rejected の回答があれば、選好の学習を選んでください(dataset.problem_type を preference にし、answer_column と rejected_answer_column を指定)。回答ごとにラベルがあれば、よい回答と悪い回答の学習を選んでください(judged-answers と label_column)。それ以外は、よい回答だけを残し、その列を選んでください(dataset.answer_column または messages_column)。',
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
    cause: '{row} 行目の会話は、親 ID をたどると自分に戻ってきます。',
    action: '親 ID を直すか、親の列を選ばないでください。',
  },
  'conversations-too-long': {
    cause:
      '会話が長すぎて、どの行もそれまでの発言をすべて付けて学習することができません。{row} 行目は会話の {turns} 番目の発言です。',
    action: 'limit_chained_samples をオンにして会話ごとに一度だけ学習するか、会話を短く分けてください。',
  },
  'rows-none': {
    cause: '学習に使える行が残っていません。',
    action: '行を増やしてください。検証用に分ける行(dataset.validation_size)のほかに、学習に使う行が一つ以上必要です。',
  },
  'rows-only-made': {
    cause:
      '学習に使える行が残っていません。モデルが作った {rows} 件は、承認されていないか、もとの行を学習しないものです。',
    action: '承認し(atelier_approved 列)、もとの行も同じ表に入れてください。',
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
  'labels-many': {
    cause: '列「{column}」の {rows} 件には {classes} 種類のラベルがあり、データごとに保持するには多すぎます。',
    action: 'データの割合(data_sample)を小さくするか、まれなラベルを除くか、ラベルの列を選び直してください。',
  },
  'labels-all-masked': {
    cause: '学習されるトークンがありません。どの回答も空か、切り捨てられています。',
    action: 'max_length を大きくするか、回答の列を確認するか、「回答のみ損失を計算」をオフにしてください。',
  },
  'answers-empty': {
    cause: '学習するものがありません。すべての回答が空か、重みが 0 です。',
    action: '回答の入った列を選んでください(dataset.answer_column)。',
  },
  ...jaCheckErrors,
  ...jaRunErrors,
  ...jaPublishingErrors,
};
