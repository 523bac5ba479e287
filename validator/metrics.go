package validator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agon-chain/agon/task"
)

// staleAfter is how long the chain may stand still before the daemon calls itself unwell.
const staleAfter = time.Minute

// Metrics of the daemon. Nothing is decided by them.
type Metrics struct {
	registry *prometheus.Registry

	questions *prometheus.CounterVec
	latency   prometheus.Histogram
	unsent    prometheus.Counter
	paid      prometheus.Counter
	rounds    prometheus.Counter
	commits   *prometheus.CounterVec
	failures  *prometheus.CounterVec
	disputes  *prometheus.CounterVec
	samples   *prometheus.CounterVec
	score     *prometheus.GaugeVec
	quality   *prometheus.GaugeVec
}

// NewMetrics makes the metrics in a registry of their own; the clock gives the height.
func NewMetrics(clock *Clock) *Metrics {
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		questions: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "agon_validator_questions_total", Help: "Questions sent, by outcome: answered, or why there was no answer."}, []string{"outcome"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "agon_validator_answer_seconds", Help: "Time to an answer, from before the connection to the last byte.", Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}),
		unsent:   prometheus.NewCounter(prometheus.CounterOpts{Name: "agon_validator_questions_unsent_total", Help: "Questions not sent because the epoch was too near its end, or because they could not be paid for."}),
		paid:     prometheus.NewCounter(prometheus.CounterOpts{Name: "agon_validator_questions_paid_nagon_total", Help: "What miners were paid for answering questions."}),
		rounds:   prometheus.NewCounter(prometheus.CounterOpts{Name: "agon_validator_rounds_total", Help: "Rounds settled."}),
		commits:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "agon_validator_commits_total", Help: "Commits of weights, by the state that they came to."}, []string{"status"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "agon_validator_failures_total", Help: "Failures that were logged and tried again, by what failed."}, []string{"what"}),
		disputes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "agon_validator_disputes_total", Help: "Accusations and votes, by the state that they came to."}, []string{"status"}),
		samples:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "agon_validator_samples_total", Help: "Users' calls that gateways gave, by what came of them: proven, nothing, unjudged, refused, old."}, []string{"outcome"}),
		score:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "agon_validator_miner_score", Help: "A miner's score, 0 to 1."}, []string{"miner"}),
		quality:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "agon_validator_miner_quality", Help: "A miner's moving quality, 0 to 1."}, []string{"miner"}),
	}
	height := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "agon_validator_height", Help: "Height of the chain as last seen."}, func() float64 { return float64(clock.Height()) })
	m.registry.MustRegister(m.questions, m.latency, m.unsent, m.paid, m.rounds, m.commits, m.failures, m.disputes, m.samples, m.score, m.quality, height)
	return m
}

func (m *Metrics) answered(a task.Answer) {
	if a.Dropped {
		m.questions.WithLabelValues(a.Reason).Inc()
		return
	}
	m.questions.WithLabelValues("answered").Inc()
	m.latency.Observe(a.Latency.Seconds())
}

// standings replaces the miners' gauges: those that left must not be shown for ever.
func (m *Metrics) standings(standings []task.Standing) {
	m.score.Reset()
	m.quality.Reset()
	for _, s := range standings {
		m.score.WithLabelValues(string(s.Miner)).Set(s.Score)
		m.quality.WithLabelValues(string(s.Miner)).Set(s.Quality)
	}
}

// health is the body of /healthz.
type health struct {
	Status    string `json:"status"` // "ok" or "stale"
	Height    int64  `json:"height"`
	Netuid    uint16 `json:"netuid"`
	Mechanism uint8  `json:"mechanism"`
	Hotkey    string `json:"hotkey"`
}

// Handler serves /metrics and /healthz.
func (m *Metrics) Handler(self Self, clock *Clock) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h := health{Status: "ok", Height: clock.Height(), Netuid: self.Netuid, Mechanism: self.Mechanism, Hotkey: self.Hotkey.String()}
		w.Header().Set("Content-Type", "application/json")
		if time.Since(clock.SeenAt()) > staleAfter {
			h.Status = "stale"
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h) // the reader went away
	})
	return mux
}

// Listen opens the address of the metrics. Errors: [ErrListen].
func Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w on %s: %w; free the port or choose another with --metrics-listen", ErrListen, address, err)
	}
	return l, nil
}

// serve HTTP until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	go func() { stopped <- s.Serve(l) }()
	select {
	case err := <-stopped:
		return fmt.Errorf("metrics: %w", err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := s.Shutdown(limited)
	if served := <-stopped; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, ctx.Err())
}
