// Indexes a folder and prints cited passages. Only new and changed files are read the next time.
import { open } from 'semdex'

const [folder = '.', query = 'how is it installed'] = process.argv.slice(2)
const db = await open('./folder.db')

const { reports } = await db.index(folder)
for (const { root, added, changed, unchanged, failed } of reports)
  console.log({ root, added, changed, unchanged, failed })

const { hits, degraded } = await db.search(query, { paths: [folder], limit: 3 })
if (degraded) console.log(degraded.message)
for (const { path, lines, heading, snippet } of hits) {
  console.log(`${path}:${lines[0]}-${lines[1]}  ${heading.join(' > ')}\n  ${snippet}`)
}

await db.close()
