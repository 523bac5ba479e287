package api

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/wire"
)

// Options are what the API stands on. All are required but those said to be optional.
type Options struct {
	ChainID   string
	Directory *directory.Directory
	Router    *route.Router
	Caller    *upstream.Caller
	Gate      Gate
	Metrics   *Metrics
	Log       *slog.Logger
	Tracer    trace.Tracer // optional

	MaxBody    int64         // bytes of a body
	MaxCost    uint64        // of one attempt, nagon
	Attempts   int           // miners tried for one call, at most
	Timeout    time.Duration // of a call
	StaleAfter time.Duration // the age from which a view is said to be old
	Disguise   bool          // calls carry seed and log-probabilities where questions do
	Now        func() time.Time
	Samples    Sampler // optional
}

// API answers HTTP.
type API struct{ o Options }

// New makes the API.
func New(o Options) *API {
	if o.Tracer == nil {
		o.Tracer = noop.NewTracerProvider().Tracer("")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &API{o: o}
}

// Headers of the gateway's own, beside wire's.
const (
	HeaderModel     = "Agon-Model"         // of a request: what to route by, in place of the body's model
	HeaderProvider  = "Agon-Provider"      // of a request: the provider object, in place of the body's
	HeaderVerbatim  = "Agon-Verbatim"      // of a request: "1" passes body and answer byte for byte
	HeaderSample    = "Agon-Sample"        // of a request: "1" lets it be scored after the fact, "0" does not, whatever its key says
	HeaderMaxTokens = "Agon-Max-Tokens"    // of a sealed request: output tokens at most, which bound what it may cost
	HeaderMiner     = "Agon-Miner"         // of a sealed request and of answers: netuid/hotkey
	HeaderRoot      = "Agon-Model-Root"    // of answers: root of the version that answered, by the receipt
	HeaderQuestion  = "Agon-Question-Hash" // of answers: SHA-256 of the body that the miner got
	HeaderRewritten = "Agon-Rewritten"     // of answers: what was taken out of the miner's bytes, which the receipt's response hash is of
	HeaderCost      = "Agon-Cost"          // of answers: nagon paid
	HeaderEnsemble  = "Agon-Ensemble"      // of answers: how many miners answered, and how many of them said the same
	HeaderViewAge   = "Agon-View-Age"      // of answers while no node answers: seconds since the chain was read
)

// call is one request being answered.
type call struct {
	a      *API
	w      http.ResponseWriter
	r      *http.Request
	id     string
	who    Who
	status int
	code   string
}

// Handler routes. Everything else is refused in OpenAI's shape.
func (a *API) Handler() http.Handler {
	r := chi.NewRouter()
	r.NotFound(a.other())
	r.MethodNotAllowed(a.handle("unknown", func(c *call) {
		c.fail(refuse(http.StatusMethodNotAllowed, "method_not_allowed", "", fmt.Sprintf("method %.16q is not for %.128q", c.r.Method, c.r.URL.Path)))
	}))
	r.Get("/healthz", a.Health)
	r.Get("/readyz", a.Ready)
	r.Get("/v1/models", a.authorized("models", (*call).models))
	r.Get("/v1/models/*", a.authorized("models", (*call).model))
	r.Get("/v1/miners", a.authorized("miners", (*call).miners))
	r.Post("/v1/chat/completions", a.authorized("chat", (*call).chat))
	r.Post("/v1/completions", a.authorized("completions", (*call).completions))
	r.Post("/v1/responses", a.authorized("responses", (*call).responses))
	r.Post("/v1/embeddings", a.authorized("embeddings", func(c *call) { c.pass(embeddingsRoute, "") }))
	r.Post("/v1/tasks/{subnet}", a.authorized("tasks", func(c *call) { c.pass("", chi.URLParam(c.r, "subnet")) }))
	return r
}

// handle gives a call its id, counts it and catches bugs.
func (a *API) handle(name string, f func(*call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := a.o.Now()
		id := newID("req_")
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		ctx, span := a.o.Tracer.Start(r.Context(), "gateway."+name)
		c := &call{a: a, w: w, r: r.WithContext(ctx), id: id, status: http.StatusOK}
		a.o.Metrics.Running.Inc()
		defer func() {
			p := recover()
			a.o.Metrics.Running.Dec()
			if p != nil {
				if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					a.o.Metrics.Panics.Inc()
					a.o.Log.Error("handler panicked", "request_id", id, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
					c.status = http.StatusInternalServerError
					wire.WriteError(w, errors.New("panic"))
					p = nil
				}
			}
			a.o.Metrics.Requests.WithLabelValues(name, strconv.Itoa(c.status)).Inc()
			a.o.Metrics.Seconds.WithLabelValues(name).Observe(a.o.Now().Sub(start).Seconds())
			span.SetAttributes(attribute.Int("http.status", c.status), attribute.String("code", c.code), attribute.String("request_id", id))
			span.End()
			if p != nil {
				panic(p) // net/http's own way to end a connection
			}
		}()
		f(c)
	}
}

// authorized asks for an API key first.
func (a *API) authorized(name string, f func(*call)) http.HandlerFunc {
	return a.handle(name, func(c *call) {
		scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "bearer") {
			secret = ""
		}
		who, err := a.o.Gate.Authorize(c.r.Context(), strings.TrimSpace(secret))
		if err != nil {
			c.w.Header().Set("WWW-Authenticate", "Bearer")
			c.fail(err)
			return
		}
		c.who = who
		if _, age, err := a.o.Directory.Latest(); err == nil && (a.o.Directory.Away() || age > a.o.StaleAfter) {
			c.w.Header().Set(HeaderViewAge, strconv.Itoa(int(age.Seconds())))
		}
		f(c)
	})
}

func newID(prefix string) string {
	var b [12]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	return prefix + hex.EncodeToString(b[:])
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
