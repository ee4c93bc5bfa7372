// Stores documents on a running server (semdex serve) and searches them. The client also runs in browsers.
import { connect, RequestError } from 'semdex/client'

const [url = 'http://127.0.0.1:7333', key] = process.argv.slice(2)
const client = connect({ url, ...(key !== undefined && { key }) })

const documents = [
  { id: 'bread', text: 'Knead the dough, let it rise overnight, then bake it in a hot oven.' },
  { id: 'tyres', text: 'Check the pressure of the tyres before a long journey.' },
]
const { added } = await client.documents.add({ documents, collection: 'notes' })

const { hits } = await client.search({ query: 'how do I make a loaf', collection: 'notes' })
console.log(`${added} documents; the best is ${hits[0]?.documentId}: ${hits[0]?.snippet}`)

try {
  await client.documents.get({ id: 'cake', collection: 'notes' })
} catch (error) {
  if (error instanceof RequestError) console.log(error.code, error.message)
}
