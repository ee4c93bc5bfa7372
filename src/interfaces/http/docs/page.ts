import type { JsonSchema } from '../../wire/json-schema.ts'
import type { DescribedOperation, DescribedResponse, OpenApiDocument } from '../openapi/shapes.ts'
import { curl } from './curl.ts'
import { type Html, html } from './html.ts'
import { fieldsOf, typeOf } from './schema-text.ts'

interface Route extends DescribedOperation {
  method: string
  path: string
}

/** The API as one page, made of /openapi.json: no script, no other host, readable without styles too. */
export function renderPage(document: OpenApiDocument, origin: string): string {
  const routes = routesOf(document)
  const groups = document.tags
    .map((tag) => ({ ...tag, routes: routes.filter(({ tags }) => tags.includes(tag.name)) }))
    .filter((group) => group.routes.length > 0)
  const { version } = document.info as { version: string }
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Semdex API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header>
<h1>Semdex API</h1>
<p>Version ${version}. For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). Where the server has keys, requests
carry one: <code>authorization: Bearer &lt;key&gt;</code>. Errors are <code>{"error": {"code", "message", "fix", "details"}}</code>;
codes are stable.</p>
</header>
<nav aria-label="Endpoints">${groups.map(renderIndex)}</nav>
<main>${groups.map((group) => renderGroup(group, document, origin))}</main>
</body>
</html>
`.text
}

interface Group {
  name: string
  description: string
  routes: Route[]
}

function routesOf({ paths }: OpenApiDocument): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  )
}

function renderIndex({ name, routes }: Group): Html {
  return html`<details><summary>${name}</summary><ul>${routes.map(
    ({ operationId, method, path }) => html`<li><a href="#${operationId}"><b>${method}</b> ${path}</a></li>`,
  )}</ul></details>`
}

function renderGroup({ name, description, routes }: Group, document: OpenApiDocument, origin: string): Html {
  return html`<section><h2>${name}</h2><p>${description}</p>${routes.map((route) => renderRoute(route, document, origin))}</section>
`
}

function renderRoute(route: Route, document: OpenApiDocument, origin: string): Html {
  const { operationId, method, path, summary, description, responses } = route
  return html`<article id="${operationId}">
<h3><b>${method}</b> <code>${path}</code></h3>
<p>${summary} ${description}</p>
${renderParameters(route)}
${renderBody(route, document)}
${renderCode(curl(route, origin), 'Request')}
${Object.entries(responses).map(([status, response]) => renderAnswer(status, response, document))}
</article>
`
}

function renderParameters({ parameters = [] }: Route): Html | null {
  if (parameters.length === 0) return null
  const rows = parameters.map(({ name, in: place, required, description, schema, content }) => ({
    ...{ name, note: required ? place : `${place}, optional` },
    type: typeOf(schema ?? Object.values(content ?? {})[0]?.schema ?? {}),
    description: description ?? '',
  }))
  return renderTable('Parameters', rows)
}

function renderBody({ requestBody }: Route, document: OpenApiDocument): (Html | null)[] | null {
  if (!requestBody) return null
  return Object.entries(requestBody.content).map(([type, { schema }]) =>
    renderFields(`Body: ${type}`, schema, document),
  )
}

function renderFields(caption: string, schema: JsonSchema, document: OpenApiDocument): Html | null {
  const rows = fieldsOf(schema, document).map(({ required, ...field }) => ({
    ...field,
    note: required ? '' : 'optional',
  }))
  return rows.length === 0 ? html`<p>${caption}</p>` : renderTable(caption, rows)
}

interface Row {
  name: string
  note: string
  type: string
  description: string
}

function renderTable(caption: string, rows: readonly Row[]): Html {
  return html`<table><caption>${caption}</caption><tbody>${rows.map(
    ({ name, note, type, description }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td>${type}</td><td>${note}</td><td>${description}</td></tr>`,
  )}</tbody></table>`
}

function renderAnswer(status: string, { description, content }: DescribedResponse, document: OpenApiDocument): Html {
  if (Number(status) >= 400) return html`<p class="failure"><b>${status}</b> ${description}</p>`
  const parts = Object.entries(content ?? {}).map(([type, { schema, example }]) => [
    renderFields(`${status}: ${type}`, schema, document),
    example === undefined ? null : renderCode(show(example), 'Answer'),
  ])
  return html`<div class="answer">${parts.length === 0 ? html`<p><b>${status}</b> ${description}</p>` : parts}</div>`
}

function renderCode(code: string, label: string): Html {
  return html`<figure><figcaption>${label}</figcaption><pre tabindex="0"><code>${code}</code></pre></figure>`
}

function show(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2)
}
