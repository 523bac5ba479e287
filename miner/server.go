package miner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/agon-chain/agon/wire"
)

const (
	headerTimeout = 5 * time.Second  // to send a request's headers
	readTimeout   = 20 * time.Second // to send a request
	idleTimeout   = 90 * time.Second // between two requests of a connection
	maxHeader     = 16 << 10         // bytes; a signed request has about 1 KiB
	maxMetrics    = 64               // connections to the metrics address
)

// routePath is the path at which callers meet the task's route: behind the path of the published URL, which a proxy in front
// must not cut off, since the path is signed.
func routePath(publicURL, route string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return route
	}
	return strings.TrimRight(u.Path, "/") + route
}

// newRouter serves the routes, all by POST, and the health. Everything else is refused in OpenAI's shape.
func newRouter(routes map[string]http.Handler, health http.Handler, log *slog.Logger, m *metrics) http.Handler {
	r := chi.NewRouter()
	r.Use(recoverer(log, m))
	paths := slices.Sorted(maps.Keys(routes))
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		wire.WriteError(w, wire.NewAPIError(http.StatusNotFound, "unknown_route", "", fmt.Sprintf("no route %.128q; this miner serves POST %s", r.URL.Path, strings.Join(paths, " and "))))
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		allow := http.MethodGet
		if _, ok := routes[r.URL.Path]; ok {
			allow = http.MethodPost
		}
		w.Header().Set("Allow", allow)
		wire.WriteError(w, wire.NewAPIError(http.StatusMethodNotAllowed, "method_not_allowed", "", fmt.Sprintf("method is %.16q, want %s", r.Method, allow)))
	})
	for _, path := range paths {
		r.Method(http.MethodPost, path, routes[path])
	}
	r.Method(http.MethodGet, "/healthz", health)
	return r
}

// recoverer turns a bug into one failed request.
func recoverer(log *slog.Logger, m *metrics) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				p := recover()
				if p == nil {
					return
				}
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p) // net/http's own way to end a connection
				}
				m.panics.Inc()
				log.Error("handler panicked", "panic", p, "stack", string(debug.Stack()))
				wire.WriteError(w, fmt.Errorf("panic: %v", p))
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// newMetricsRouter serves what only the operator should see.
func newMetricsRouter(health http.Handler, m *metrics) http.Handler {
	r := chi.NewRouter()
	r.Method(http.MethodGet, "/metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	r.Method(http.MethodGet, "/healthz", health)
	return r
}

// newServer bounds what a connection may cost. Requests outlive the group's context, so that stopping lets them finish.
func newServer(h http.Handler, write time.Duration, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      write,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// listen opens an address. Errors: ErrPortTaken.
func listen(ctx context.Context, setting, address string, connections int) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: %s; stop the program that listens there, or choose another address with --%s", ErrPortTaken, address, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (--%s): %w", address, setting, err)
	}
	return netutil.LimitListener(l, connections), nil
}

// serveUntil serves until the context ends, then gives requests under way the drain time.
func serveUntil(ctx context.Context, s *http.Server, l net.Listener, drain time.Duration, log *slog.Logger) error {
	stopped := make(chan error, 1)
	go func() { stopped <- s.Serve(l) }()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		log.Warn("requests under way were cut off", "after", drain)
		_ = s.Close()
	}
	<-stopped
	return ctx.Err()
}

// Health is what GET /healthz answers.
type Health struct {
	Status     string `json:"status"` // ok, starting or stopping
	ChainID    string `json:"chain_id"`
	Netuid     uint32 `json:"netuid"`
	Hotkey     string `json:"hotkey"`
	UID        *int64 `json:"uid"` // null while not registered
	Task       string `json:"task,omitempty"`
	Expert     string `json:"expert,omitempty"`
	Version    string `json:"version,omitempty"` // hexadecimal
	URL        string `json:"url"`
	ServiceKey string `json:"service_key"`
	Published  bool   `json:"published"` // the chain says the same of the endpoint
	// Bindings are the versions that the neuron is bound to, and the one that is served.
	Bindings []BindingHealth `json:"bindings,omitempty"`
}

func writeHealth(w http.ResponseWriter, h Health) {
	w.Header().Set("Content-Type", contentTypeJSON)
	w.Header().Set("Cache-Control", "no-store")
	if h.Status != "ok" {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(h) // the caller is gone; there is nobody to tell
}
