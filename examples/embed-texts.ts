// Turns texts into unit vectors and compares them.
import { open } from 'semdex'

const db = await open('./embed.db')
const results = await db.embedBatch(['hello world', 'hi world', 'quantum physics'])

const vectors = results.map((result) => {
  if (!result.ok) throw result.error
  return result.vector
})
const [hello, hi, physics] = vectors as [Float32Array, Float32Array, Float32Array]
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
console.log(cosine(hello, hi).toFixed(2), cosine(hello, physics).toFixed(2))

await db.close()
