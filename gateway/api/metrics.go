package api

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/agon-chain/agon/gateway/route"
)

// Metrics are for the operator. Labels take values from fixed sets: nothing that a caller sends becomes one.
type Metrics struct {
	Requests *prometheus.CounterVec // by route and status
	Seconds  *prometheus.HistogramVec
	First    prometheus.Histogram
	Attempts *prometheus.CounterVec // by result
	Tokens   *prometheus.CounterVec // by direction
	Cost     prometheus.Counter
	Running  prometheus.Gauge
	Panics   prometheus.Counter
	Retries  prometheus.Counter
}

// NewMetrics makes the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	name := func(s string) string { return "agon_gateway_" + s }
	buckets := prometheus.ExponentialBuckets(0.001, 2.5, 13)
	m := &Metrics{
		Requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("requests_total"), Help: "Calls, by route and HTTP status."}, []string{"route", "status"}),
		Seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name("request_seconds"), Help: "Time from a call's arrival to its last byte.", Buckets: buckets}, []string{"route"}),
		First:    prometheus.NewHistogram(prometheus.HistogramOpts{Name: name("first_byte_seconds"), Help: "Time to a miner's first byte.", Buckets: buckets}),
		Attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("attempts_total"), Help: "Calls to miners, by result: good, neutral or bad."}, []string{"result"}),
		Tokens:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("tokens_total"), Help: "Tokens by receipts, by direction: in or out."}, []string{"direction"}),
		Cost:     prometheus.NewCounter(prometheus.CounterOpts{Name: name("cost_nagon_total"), Help: "Paid to miners, in nagon."}),
		Running:  prometheus.NewGauge(prometheus.GaugeOpts{Name: name("requests_running"), Help: "Calls under way."}),
		Panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: name("panics_total"), Help: "Panics that were caught."}),
		Retries:  prometheus.NewCounter(prometheus.CounterOpts{Name: name("retries_total"), Help: "Attempts beyond the first of their call."}),
	}
	r.MustRegister(m.Requests, m.Seconds, m.First, m.Attempts, m.Tokens, m.Cost, m.Running, m.Panics, m.Retries)
	return m
}

// Observe counts an attempt.
func (m *Metrics) Observe(_ route.Candidate, o route.Outcome, _ error) {
	result := "bad"
	switch {
	case o.Good:
		result = "good"
	case o.Neutral:
		result = "neutral"
	}
	m.Attempts.WithLabelValues(result).Inc()
}
