package miner

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are for the operator. Labels take values from fixed sets only: nothing that a caller sends becomes one.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec // by status and code
	duration   prometheus.Histogram
	answer     prometheus.Histogram
	running    prometheus.Gauge
	receipts   *prometheus.CounterVec // by status
	sealed     prometheus.Counter
	streams    prometheus.Counter
	balances   *prometheus.CounterVec // by source
	axon       *prometheus.CounterVec // by result
	bindings   prometheus.Gauge
	unproven   prometheus.Gauge
	challenges *prometheus.CounterVec // by result
	panics     prometheus.Counter

	paid         prometheus.Counter
	unpaid       *prometheus.CounterVec // by code
	vouchers     *prometheus.CounterVec // by code
	vouched      prometheus.Counter
	spent        prometheus.Counter
	claimed      prometheus.Counter
	unclaimed    prometheus.Gauge
	priceUpdates *prometheus.CounterVec // by result

	ready      prometheus.Gauge
	registered prometheus.Gauge
	uid        prometheus.Gauge
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "agon_miner_" + name, Help: help}, labels)
	}
	single := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "agon_miner_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "agon_miner_" + name, Help: help})
	}
	seconds := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "agon_miner_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12)})
	}
	m := &metrics{
		registry:     prometheus.NewRegistry(),
		requests:     counter("requests_total", "Requests to the task's route, by HTTP status and error code.", "status", "code"),
		duration:     seconds("request_seconds", "Time from a request's arrival to its reply."),
		answer:       seconds("answer_seconds", "Time that the expert took, refusals included."),
		running:      gauge("answers_running", "Answers under way."),
		receipts:     counter("receipts_total", "Receipts signed, by HTTP status of the reply.", "status"),
		sealed:       single("sealed_requests_total", "Requests whose body was sealed."),
		streams:      single("streams_total", "Replies that were streamed."),
		balances:     counter("balance_checks_total", "Callers' balances, by where they came from: cache, chain, stale or failed.", "source"),
		axon:         counter("axon_updates_total", "Publications of the endpoint on the chain, by result.", "result"),
		bindings:     gauge("bindings", "Versions that the neuron is bound to."),
		unproven:     gauge("bindings_with_problems", "Versions that are bound or served and cannot be proven; /healthz says why."),
		challenges:   counter("challenges_total", "The chain's challenges for chunks of files, by result: answered, failed (and tried again) or missed.", "result"),
		paid:         single("paid_calls_total", "Calls that were charged for."),
		unpaid:       counter("payment_refusals_total", "Calls and vouchers refused for want of payment, by error code.", "code"),
		vouchers:     counter("vouchers_total", "Vouchers that came beside their calls, by error code.", "code"),
		vouched:      single("vouched_nagon_total", "What vouchers were raised by."),
		spent:        single("spent_nagon_total", "What charged calls cost."),
		claimed:      single("claimed_nagon_total", "What the chain paid for vouchers, before it was split."),
		unclaimed:    gauge("unclaimed_nagon", "What the chain would still pay, when it was looked at last."),
		priceUpdates: counter("price_updates_total", "Publications of the price on the chain, by result.", "result"),

		panics:     single("panics_total", "Panics that were caught."),
		ready:      gauge("ready", "1 while requests are answered."),
		registered: gauge("registered", "1 while the hotkey holds a uid in the subnet."),
		uid:        gauge("uid", "The uid held."),
	}
	m.registry.MustRegister(m.requests, m.duration, m.answer, m.running, m.receipts, m.sealed, m.streams, m.balances, m.axon, m.bindings, m.unproven, m.challenges, m.panics, m.ready, m.registered, m.uid,
		m.paid, m.unpaid, m.vouchers, m.vouched, m.spent, m.claimed, m.unclaimed, m.priceUpdates,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Vouched, Spent, Claimed and Unclaimed are what a till tells.
func (m *metrics) Vouched(nagon uint64)   { m.vouched.Add(float64(nagon)) }
func (m *metrics) Spent(nagon uint64)     { m.spent.Add(float64(nagon)) }
func (m *metrics) Claimed(nagon uint64)   { m.claimed.Add(float64(nagon)) }
func (m *metrics) Unclaimed(nagon uint64) { m.unclaimed.Set(float64(nagon)) }
