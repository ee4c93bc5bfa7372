import type { MiddlewareHandler } from '../../vendor/hono.ts'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  OTLPTraceExporter,
  ParentBasedSampler,
  ROOT_CONTEXT,
  resourceFromAttributes,
  type Span,
  SpanKind,
  SpanStatusCode,
  TracerProvider,
  trace,
} from '../../vendor/telemetry.ts'
import { routeOf } from '../http/middleware/observe.ts'
import type { Env } from '../http/server-parts.ts'

export interface Tracing {
  trace: MiddlewareHandler<Env>
  /** Sends what was not sent yet. Never throws: a collector that is gone stops no server. */
  close(): Promise<void>
}

/**
 * One span for each request, with one below it for each stage of its work, sent to a collector by OTLP over HTTP in JSON.
 * A caller's own trace is continued (W3C Trace Context, `traceparent`). Names and attributes follow OpenTelemetry's
 * semantic conventions for HTTP servers; none has a text, a path or a key.
 */
export function openTracing(endpoint: string, version: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'semdex', 'service.version': version }),
    // Whoever began the trace has decided whether it is recorded.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('semdex', version)

  return {
    async trace(c, next) {
      const kind = SpanKind.SERVER
      const span = tracer.startSpan(c.req.method, { kind }, parentOf(c.req.header('traceparent')))
      const within = trace.setSpan(ROOT_CONTEXT, span)
      const offset = Date.now() - performance.now()
      const counts = c.get('onStage')
      c.set('onStage', (stage) => {
        const { name, began, ended } = stage
        counts(stage)
        tracer.startSpan(name, { startTime: began + offset }, within).end(ended + offset)
      })
      try {
        await next()
      } finally {
        const route = routeOf(c)
        if (route !== null) span.updateName(`${c.req.method} ${route}`)
        tell(span, { method: c.req.method, route, status: c.res.status })
        span.end()
      }
    },
    async close() {
      await provider.shutdown().catch(() => undefined)
    },
  }
}

/** `00-<32 hex digits of the trace>-<16 of the span>-<2 of flags>`; anything else begins a trace of its own. */
function parentOf(header: string | undefined) {
  const [, traceId, spanId, flags] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(header ?? '') ?? []
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, parent)
}

function tell(span: Span, { method, route, status }: { method: string; route: string | null; status: number }): void {
  span.setAttribute('http.request.method', method)
  if (route !== null) span.setAttribute('http.route', route)
  span.setAttribute('http.response.status_code', status)
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
}
