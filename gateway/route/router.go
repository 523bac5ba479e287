package route

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/agon-chain/agon/gateway/directory"
)

// Router remembers how miners did and chooses among them. Safe for concurrent use.
type Router struct {
	now func() time.Time

	mu   sync.Mutex
	seen map[key]*Health
}

type key struct {
	netuid uint16
	hotkey string
}

// New makes a router; now may be nil.
func New(now func() time.Time) *Router {
	if now == nil {
		now = time.Now
	}
	return &Router{now: now, seen: map[key]*Health{}}
}

// Health of a miner, by subnet and hotkey: a uid passes to others.
func (r *Router) Health(m *directory.Miner) *Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := key{m.Netuid, m.Hotkey}
	h := r.seen[k]
	if h == nil {
		h = &Health{}
		r.seen[k] = h
	}
	return h
}

// Forget drops what was seen of miners that a view no longer has.
func (r *Router) Forget(v *directory.View) {
	keep := map[key]bool{}
	for _, m := range v.Miners {
		keep[key{m.Netuid, m.Hotkey}] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for k := range r.seen {
		if !keep[k] {
			delete(r.seen, k)
		}
	}
}

// Query is one call's.
type Query struct {
	Model    Model
	Route    string   // path that the subnet's task must have; "" for any
	Members  []string // of the body that not every miner knows
	Sealed   bool     // the miner must publish a sealing key
	Provider Provider
	Most     int // candidates wanted
}

// Candidate is a miner with the model that it would answer by.
type Candidate struct {
	*directory.Miner
	Model  directory.Model // zero where it names none
	Health *Health
}

// Pick returns who is tried, in order. Errors: ErrUnknown, ErrNotServed, ErrFiltered, ErrUnhealthy.
func (r *Router) Pick(v *directory.View, q Query) ([]Candidate, error) {
	serving, err := serving(v, q)
	if err != nil {
		return nil, err
	}
	now := r.now()
	var allowed, able, lacking []Candidate
	looks := map[*directory.Miner]snapshot{}
	for _, c := range serving {
		if !q.Provider.allows(c.Miner, c.Model) || (q.Sealed && len(c.SealingKey) == 0) {
			continue
		}
		c.Health = r.Health(c.Miner)
		allowed = append(allowed, c)
		s := c.Health.look(now)
		if !s.closed {
			continue
		}
		looks[c.Miner] = s
		if slices.ContainsFunc(q.Members, func(m string) bool { return c.Health.Lacks(now, m) }) {
			lacking = append(lacking, c)
		} else {
			able = append(able, c)
		}
	}
	if len(able) == 0 {
		able = lacking // one of them says to the caller what it lacks
	}
	switch {
	case len(allowed) == 0:
		return nil, fmt.Errorf("%w: %d miners serve it, and provider leaves none of them", ErrFiltered, len(serving))
	case len(able) == 0:
		return nil, fmt.Errorf("%w: all %d that could answer failed lately; try again later", ErrUnhealthy, len(allowed))
	}
	return arrange(able, looks, q.Provider, max(1, q.Most)), nil
}

// serving are the miners of what is named.
func serving(v *directory.View, q Query) ([]Candidate, error) {
	var subnet *directory.Subnet
	if q.Model.Subnet != "" {
		s, ok := v.SubnetOf(q.Model.Subnet)
		if !ok {
			return nil, fmt.Errorf("%w: no subnet %.64q; GET /v1/models lists what there is", ErrUnknown, q.Model.Subnet)
		}
		if q.Route != "" && s.Route != q.Route {
			return nil, fmt.Errorf("%w: subnet %d is about %q; call it at POST /v1/tasks/%d", ErrUnknown, s.Netuid, s.Task, s.Netuid)
		}
		subnet = s
	}
	var out []Candidate
	named := false // without the version
	bare := q.Model.Name
	for i := range bare {
		if bare[i] == '@' {
			bare = bare[:i]
			break
		}
	}
	for _, m := range v.Miners {
		if m.Subnet == nil || (subnet != nil && m.Subnet != subnet) || (q.Route != "" && m.Subnet.Route != q.Route) {
			continue
		}
		if q.Model.Name == "" {
			c := Candidate{Miner: m}
			if len(m.Models) > 0 {
				c.Model = m.Models[0]
			}
			out = append(out, c)
			continue
		}
		var found *directory.Model
		for i := range m.Models {
			named = named || m.Models[i].Name == bare
			// What the chain has bound counts before a miner's word.
			if m.Models[i].Matches(q.Model.Name) && (found == nil || (m.Models[i].Bound && !found.Bound)) {
				found = &m.Models[i]
			}
		}
		if found != nil {
			out = append(out, Candidate{Miner: m, Model: *found})
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case named && q.Model.Pinned():
		return nil, fmt.Errorf("%w: %.128q; the model is served in other versions, which GET /v1/models lists, and nothing stands in for a pinned one", ErrNotServed, q.Model.Name)
	}
	return nil, fmt.Errorf("%w: nobody serves %.128q; GET /v1/models lists what there is", ErrUnknown, q.Model.Name)
}

// arrange orders the candidates: those that the caller named, then by what the caller sorts by or, without that, by draws of two.
func arrange(able []Candidate, looks map[*directory.Miner]snapshot, p Provider, most int) []Candidate {
	var out []Candidate
	for _, name := range p.Order {
		able = slices.DeleteFunc(able, func(c Candidate) bool {
			if c.Hotkey == name {
				out = append(out, c)
			}
			return c.Hotkey == name
		})
	}
	switch p.Sort {
	case "price":
		slices.SortStableFunc(able, func(a, b Candidate) int {
			return cmp.Or(cmp.Compare(a.Price.PerRequest, b.Price.PerRequest), cmp.Compare(a.Price.PerMillionOutput, b.Price.PerMillionOutput),
				cmp.Compare(a.Price.PerMillionInput, b.Price.PerMillionInput))
		})
		out = append(out, able...)
	case "latency":
		slices.SortStableFunc(able, func(a, b Candidate) int { return cmp.Compare(looks[a.Miner].latency, looks[b.Miner].latency) })
		out = append(out, able...)
	case "throughput":
		slices.SortStableFunc(able, func(a, b Candidate) int { return cmp.Compare(looks[b.Miner].speed, looks[a.Miner].speed) })
		out = append(out, able...)
	default:
		out = append(out, drawn(able, looks, most-len(out))...)
	}
	return out[:min(len(out), most)]
}

// drawn takes up to n candidates: each time the better of two that are drawn by weight.
func drawn(able []Candidate, looks map[*directory.Miner]snapshot, n int) []Candidate {
	var top uint16
	for _, c := range able {
		top = max(top, c.Incentive)
	}
	weights := make([]float64, len(able))
	for i, c := range able {
		s := looks[c.Miner]
		chain := 1.0
		if top > 0 {
			chain = 0.05 + 0.95*float64(c.Incentive)/float64(top) // a newcomer has no incentive yet, and must be found out about
		}
		seen := min(1, max(0.01, s.mean+s.width*rand.NormFloat64()))
		weights[i] = chain * seen * seen
	}
	var out []Candidate
	for len(out) < n && len(out) < len(able) {
		a := draw(weights)
		w := weights[a]
		weights[a] = 0
		if b := draw(weights); b >= 0 && looks[able[b].Miner].cost < looks[able[a].Miner].cost {
			weights[a], weights[b] = w, 0
			a = b
		}
		out = append(out, able[a])
	}
	return out
}

// draw is the place of one weight, each as often as it is heavy; -1 where none is left.
func draw(weights []float64) int {
	sum, last := 0.0, -1
	for i, w := range weights {
		if sum += w; w > 0 {
			last = i
		}
	}
	x := rand.Float64() * sum
	for i, w := range weights {
		if w > 0 && x < w {
			return i
		}
		x -= w
	}
	return last
}
