import { mkdirSync, writeFileSync } from 'node:fs'
import { npm } from '../../scripts/support/npm.ts'
import { INSPECTOR_FOLDER, INSPECTOR_VERSION, isInstalled } from './mcp-inspector.ts'

// Installs the inspector of the Model Context Protocol in a folder of its own, for test/clients/mcp-inspector.test.ts.
// It takes 110 MB. What is there already is left as it is.

if (!isInstalled()) install()
process.stdout.write(`The inspector ${INSPECTOR_VERSION} is in ${INSPECTOR_FOLDER}\n`)

function install(): void {
  const dependencies = { '@modelcontextprotocol/inspector': INSPECTOR_VERSION }
  mkdirSync(INSPECTOR_FOLDER, { recursive: true })
  writeFileSync(`${INSPECTOR_FOLDER}/package.json`, JSON.stringify({ private: true, dependencies }))
  const args = ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund']
  const { status, stderr } = npm(INSPECTOR_FOLDER, args)
  if (status !== 0) throw new Error(`npm install ended with ${status}:\n${stderr}`)
}
