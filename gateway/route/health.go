package route

import (
	"math"
	"sync"
	"time"
)

const (
	// fade is after how long what was seen counts half.
	fade = 10 * time.Minute
	// breakAfter failures in a row open a circuit for breakFor, and twice as long each time, up to breakMost.
	breakAfter = 3
	breakFor   = 5 * time.Second
	breakMost  = 2 * time.Minute
	// lackFor is for how long a miner is taken not to know a member of bodies that it refused.
	lackFor = 10 * time.Minute
)

// Health is what this gateway has seen of one miner. Safe for concurrent use.
type Health struct {
	mu       sync.Mutex
	good     float64 // verified answers, faded
	bad      float64
	at       time.Time // of the last fading
	latency  float64   // to the first byte, seconds, moving; 0: none yet
	rate     float64   // output tokens per second, moving
	running  int
	row      int // failures in a row
	opens    int // times that the circuit opened in a row
	openTill time.Time
	trying   bool // a half-open circuit lets one call through
	lacks    map[string]time.Time
}

// Outcome of one call to a miner.
type Outcome struct {
	// Good: a verified answer. Neutral: it says nothing of the miner, such as a caller that left or a body that was wrong. Else it failed.
	Good, Neutral bool
	// Lost: another miner that was asked beside it was first. It would have taken longer than Took.
	Lost      bool
	FirstByte time.Duration
	Tokens    uint32
	Took      time.Duration
}

func (h *Health) decay(now time.Time) {
	if !h.at.IsZero() {
		k := math.Exp2(-now.Sub(h.at).Seconds() / fade.Seconds())
		h.good, h.bad = h.good*k, h.bad*k
	}
	h.at = now
}

// Begin counts a call as running. Every Begin has one End.
func (h *Health) Begin(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running++
	if h.opens > 0 && !now.Before(h.openTill) {
		h.trying = true
	}
}

// End says how it went.
func (h *Health) End(now time.Time, o Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	h.trying = false
	if o.Lost {
		// Else one that never answers would look as fast as one that nobody has asked.
		h.latency = moving(h.latency, max(h.latency, o.Took.Seconds()))
	}
	if o.Neutral {
		return
	}
	h.decay(now)
	if !o.Good {
		h.bad++
		if h.row++; h.row >= breakAfter || h.opens > 0 {
			h.openTill = now.Add(min(breakFor<<min(h.opens, 8), breakMost))
			h.opens, h.row = h.opens+1, 0
		}
		return
	}
	h.good++
	h.row, h.opens, h.openTill = 0, 0, time.Time{}
	h.latency = moving(h.latency, o.FirstByte.Seconds())
	if took := (o.Took - o.FirstByte).Seconds(); o.Tokens > 0 && took > 0 {
		h.rate = moving(h.rate, float64(o.Tokens)/took)
	}
}

func moving(old, v float64) float64 {
	if old == 0 {
		return v
	}
	return 0.8*old + 0.2*v
}

// Lack remembers that the miner refused a member of a body.
func (h *Health) Lack(now time.Time, member string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lacks == nil {
		h.lacks = map[string]time.Time{}
	}
	if len(h.lacks) < 32 {
		h.lacks[member] = now.Add(lackFor)
	}
}

// Lacks says whether it did lately.
func (h *Health) Lacks(now time.Time, member string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	until, ok := h.lacks[member]
	if ok && !now.Before(until) {
		delete(h.lacks, member)
		ok = false
	}
	return ok
}

// snapshot is what choosing looks at.
type snapshot struct {
	closed         bool
	mean, width    float64 // of the share of good answers
	cost           float64 // expected wait, seconds
	latency, speed float64
	untold         bool // it failed lately and never answered: how fast it is nobody knows
}

func (h *Health) look(now time.Time) snapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.decay(now)
	n := h.good + h.bad + 2
	mean := (h.good + 1) / n
	latency := h.latency
	if latency == 0 {
		latency = 0.05 // hopeful, so that it is tried
	}
	return snapshot{
		closed: h.opens == 0 || (!now.Before(h.openTill) && !h.trying),
		mean:   mean, width: math.Sqrt(mean * (1 - mean) / (n + 1)),
		cost: latency * float64(1+h.running), latency: h.latency, speed: h.rate, untold: h.latency == 0 && h.bad >= 0.5,
	}
}
