// Keeps vectors that come from elsewhere under ids of your own, and finds the nearest.
import { open } from 'semdex'

const db = await open('./vectors.db')
const colours = await db.vectors('colours', { dimensions: 3 })

await colours.put('red', [1, 0, 0], { metadata: { warm: true } })
await colours.put('blue', [0, 0, 1], { metadata: { warm: false } })
await colours.put('orange', [1, 0.6, 0], { metadata: { warm: true } })

for (const { id, distance, similarity } of await colours.searchByVector([1, 0.2, 0.1], {
  limit: 2,
  filter: { warm: true },
})) {
  console.log(id, distance.toFixed(3), similarity.toFixed(3))
}
console.log(await colours.has('green'), await colours.count(), await colours.delete('blue'))

await db.close()
