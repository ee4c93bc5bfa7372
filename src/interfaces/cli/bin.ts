#!/usr/bin/env node
// This file must run on any Node that knows modules: nothing newer, and no imports, before the version is known.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 14)) {
  process.stderr.write(
    `semdex needs Node 22.14 or newer; this is Node ${process.versions.node} (${process.execPath})\n`,
  )
  process.exitCode = 1
} else {
  import('node:module').then(({ enableCompileCache }) => {
    enableCompileCache()
    return import('./main.ts').then(({ main }) => main(process.argv.slice(2)))
  })
}

export {}
