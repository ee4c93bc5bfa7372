// Stores a few notes, then finds one by its meaning and one by a keyword.
import { open } from 'semdex'

const db = await open('./notes.db')

const { results } = await db.add([
  { id: 'bread', text: 'Knead the dough, let it rise overnight, then bake it in a hot oven.' },
  { id: 'tyres', text: 'Check the pressure of the tyres before a long journey.', metadata: { topic: 'car' } },
  { id: 'error', text: 'E1042 means that the disk quota is used up.' },
])
for (const result of results) if (!result.ok) console.error(result.id, result.error.message)

const byMeaning = await db.search('how do I make a loaf')
console.log(byMeaning.hits[0]?.documentId, byMeaning.hits[0]?.similarity)

const byKeyword = await db.search('E1042', { mode: 'lexical' })
console.log(byKeyword.hits[0]?.documentId)

const aboutCars = await db.search('air', { filter: { topic: 'car' }, limit: 1 })
console.log(aboutCars.hits[0]?.documentId)

await db.close()
