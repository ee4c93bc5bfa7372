import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MadeReranker {
  /** Words and what each adds to the logit; NaN for one that makes it NaN. Special tokens add nothing. */
  words: Readonly<Record<string, number>>
  /** BERT's form of a pair with token types, or XLM-R's, which has none and two separators in the middle. */
  form: 'bert' | 'xlm-r'
  maxTokens?: number
}

/**
 * Writes a cross-encoder whose answer can be reckoned by hand, in Hugging Face's layout. Its logit is the sum of its words'
 * numbers; in BERT's form the words of the passage, whose token type is 1, count three times.
 */
export function writeReranker(folder: string, { words, form, maxTokens = 32 }: MadeReranker): void {
  const specials = form === 'bert' ? ['[PAD]', '[UNK]', '[CLS]', '[SEP]'] : ['<pad>', '<unk>', '<s>', '</s>']
  const vocabulary = [...specials, ...Object.keys(words)]
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  writeFileSync(join(folder, 'onnx/model.onnx'), graphFile([0, 0, 0, 0, ...Object.values(words)], form === 'bert'))
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerOf(vocabulary, form)))
  const config = {
    architectures: ['BertForSequenceClassification'],
    model_type: 'bert',
    hidden_size: 1,
    max_position_embeddings: maxTokens,
    num_labels: 1,
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
}

function tokenizerOf(vocabulary: readonly string[], form: MadeReranker['form']) {
  const [pad, unknown, start, end] = vocabulary as [string, string, string, string]
  const special = (id: string, typeId: number) => ({ SpecialToken: { id, type_id: typeId } })
  const text = (id: string, typeId: number) => ({ Sequence: { id, type_id: typeId } })
  const second = form === 'bert' ? 1 : 0
  const middle = form === 'bert' ? [special(end, 0)] : [special(end, 0), special(end, 0)]
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [pad, unknown, start, end].map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special(start, 0), text('A', 0), special(end, 0)],
      pair: [special(start, 0), text('A', 0), ...middle, text('B', second), special(end, second)],
      special_tokens: Object.fromEntries(
        [start, end].map((token) => [token, { id: token, ids: [vocabulary.indexOf(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  }
}

/** logits = Σ over tokens of number[id] · mask · (1 + 2 · type); onnx.proto, opset 13. */
function graphFile(numbers: readonly number[], hasTypes: boolean): Buffer {
  const weighted = hasTypes
    ? [
        node('Cast', ['token_type_ids'], 'types', [attribute('to', FLOAT)]),
        node('Mul', ['types', 'two'], 'twice'),
        node('Add', ['twice', 'one'], 'factors'),
        node('Mul', ['masked', 'factors'], 'weighted'),
      ]
    : [node('Identity', ['masked'], 'weighted')]
  const nodes = [
    node('Gather', ['numbers', 'input_ids'], 'gathered'),
    node('Squeeze', ['gathered', 'last'], 'values'),
    node('Cast', ['attention_mask'], 'mask', [attribute('to', FLOAT)]),
    node('Mul', ['values', 'mask'], 'masked'),
    ...weighted,
    node('ReduceSum', ['weighted', 'second'], 'logits'),
  ]
  const initializers = [
    floats('numbers', [numbers.length, 1], numbers),
    integers('last', [2]),
    integers('second', [1]),
    ...(hasTypes ? [floats('two', [], [2]), floats('one', [], [1])] : []),
  ]
  const inputs = ['input_ids', 'attention_mask', ...(hasTypes ? ['token_type_ids'] : [])]
  const graph = Buffer.concat([
    ...nodes.map((each) => bytes(1, each)),
    string(2, 'reranker'),
    ...initializers.map((each) => bytes(5, each)),
    ...inputs.map((name) => bytes(11, value(name, INT64, ['batch', 'tokens']))),
    bytes(12, value('logits', FLOAT, ['batch', 1])),
  ])
  return Buffer.concat([varint(1, 8), bytes(7, graph), bytes(8, Buffer.concat([string(1, ''), varint(2, 13)]))])
}

const FLOAT = 1
const INT64 = 7

function node(operator: string, inputs: readonly string[], output: string, attributes: readonly Buffer[] = []): Buffer {
  const fields = [...inputs.map((name) => string(1, name)), string(2, output), string(4, operator)]
  return Buffer.concat([...fields, ...attributes.map((each) => bytes(5, each))])
}

function attribute(name: string, integer: number): Buffer {
  return Buffer.concat([string(1, name), varint(3, integer), varint(20, 2)])
}

function floats(name: string, dims: readonly number[], values: readonly number[]): Buffer {
  const raw = Buffer.from(Float32Array.from(values).buffer)
  return Buffer.concat([...dims.map((size) => varint(1, size)), varint(2, FLOAT), string(8, name), bytes(9, raw)])
}

function integers(name: string, values: readonly number[]): Buffer {
  const raw = Buffer.from(BigInt64Array.from(values, BigInt).buffer)
  return Buffer.concat([varint(1, values.length), varint(2, INT64), string(8, name), bytes(9, raw)])
}

function value(name: string, type: number, shape: readonly (string | number)[]): Buffer {
  const dims = shape.map((size) => bytes(1, typeof size === 'number' ? varint(1, size) : string(2, size)))
  const tensor = Buffer.concat([varint(1, type), bytes(2, Buffer.concat(dims))])
  return Buffer.concat([string(1, name), bytes(2, bytes(1, tensor))])
}

function varint(field: number, number: number): Buffer {
  return Buffer.concat([plain(field * 8), plain(number)])
}

function string(field: number, text: string): Buffer {
  return bytes(field, Buffer.from(text))
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([plain(field * 8 + 2), plain(content.length), content])
}

function plain(number: number): Buffer {
  const out: number[] = []
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest])
    out.push((rest % 128) + 128)
  }
}
