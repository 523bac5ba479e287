package gateway

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracer sends spans to the collector, where one is set. The function ends it.
func (c Config) tracer(ctx context.Context) (trace.TracerProvider, func(context.Context) error, error) {
	if c.TracesEndpoint == "" {
		return noop.NewTracerProvider(), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimRight(c.TracesEndpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: traces-endpoint: %w", ErrConfig, err)
	}
	p := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		// A caller's own decision to trace is not taken over: it could make every call cost a span.
		sdktrace.WithSampler(sdktrace.TraceIDRatioBased(c.TracesShare)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "agon-gateway"), attribute.String("chain.id", c.ChainID))),
	)
	return p, p.Shutdown, nil
}
