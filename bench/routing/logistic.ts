/** A text as hashed features. */
export interface Features {
  buckets: Uint32Array
  weights: Float32Array
}

export interface Example {
  features: Features
  /** Index of the class it belongs to. */
  label: number
  /** How much it counts. */
  weight: number
}

export interface LinearModel {
  /** One table for each class: a weight for each bucket. */
  tables: Float32Array[]
  biases: Float32Array
}

export interface TrainingOptions {
  buckets: number
  classes: number
  epochs: number
  rate: number
  decay: number
  random: () => number
}

export function featuresOf(
  extract: (text: string, sink: (bucket: number, weight: number) => void) => void,
  text: string,
): Features {
  const buckets: number[] = []
  const weights: number[] = []
  extract(text, (bucket, weight) => {
    buckets.push(bucket)
    weights.push(weight)
  })
  return { buckets: Uint32Array.from(buckets), weights: Float32Array.from(weights) }
}

/** Softmax regression by stochastic gradients, each step scaled by AdaGrad. The same random numbers give the same model. */
export function trainLinear(examples: readonly Example[], options: TrainingOptions): LinearModel {
  const { buckets, classes, epochs, random } = options
  const model: LinearModel = {
    tables: Array.from({ length: classes }, () => new Float32Array(buckets)),
    biases: new Float32Array(classes),
  }
  const squares = model.tables.map(() => new Float32Array(buckets).fill(0.01))
  const biasSquares = new Float32Array(classes).fill(0.01)
  const order = examples.map((_, at) => at)
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (const at of order) step(model, squares, biasSquares, examples[at] as Example, options)
  }
  return model
}

function step(
  model: LinearModel,
  squares: Float32Array[],
  biasSquares: Float32Array,
  { features, label, weight }: Example,
  { rate, decay }: TrainingOptions,
): void {
  const chances = probabilities(model, features)
  for (let of = 0; of < chances.length; of++) {
    const slope = ((chances[of] as number) - (of === label ? 1 : 0)) * weight
    const table = model.tables[of] as Float32Array
    const square = squares[of] as Float32Array
    for (let at = 0; at < features.buckets.length; at++) {
      const bucket = features.buckets[at] as number
      const gradient = slope * (features.weights[at] as number) + decay * (table[bucket] as number)
      square[bucket] = (square[bucket] as number) + gradient * gradient
      table[bucket] = (table[bucket] as number) - (rate * gradient) / Math.sqrt(square[bucket] as number)
    }
    biasSquares[of] = (biasSquares[of] as number) + slope * slope
    model.biases[of] = (model.biases[of] as number) - (rate * slope) / Math.sqrt(biasSquares[of] as number)
  }
}

/** Of each class, in the order of the tables. */
function probabilities({ tables, biases }: LinearModel, { buckets, weights }: Features): number[] {
  const scores = tables.map((table, of) => {
    let score = biases[of] as number
    for (let at = 0; at < buckets.length; at++)
      score += (table[buckets[at] as number] as number) * (weights[at] as number)
    return score
  })
  const highest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - highest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

function shuffle(order: number[], random: () => number): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[order[at], order[other]] = [order[other] as number, order[at] as number]
  }
}
