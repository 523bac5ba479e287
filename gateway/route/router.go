package route

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
)

// Router remembers how miners did and chooses among them. Safe for concurrent use.
type Router struct {
	now  func() time.Time
	dice dice

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
	return &Router{now: now, dice: shared{}, seen: map[key]*Health{}}
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
	Demand   wire.Demand // what the call can use at most, for Provider.Sort by price
	Most     int         // candidates wanted
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
	return r.arrange(able, looks, q), nil
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
func (r *Router) arrange(able []Candidate, looks map[*directory.Miner]snapshot, q Query) []Candidate {
	p, most := q.Provider, max(1, q.Most)
	if !p.Fallbacks() && len(p.Order) == 0 {
		most = 1
	}
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
		// By what this call can cost: who is cheap by the request can be dear by the token.
		cost := func(c Candidate) uint64 {
			n, err := c.Price.Cost(q.Demand.Input, q.Demand.Output)
			if err != nil {
				return math.MaxUint64
			}
			return n
		}
		slices.SortStableFunc(able, func(a, b Candidate) int { return cmp.Compare(cost(a), cost(b)) })
		out = append(out, able...)
	case "latency":
		// Who was never asked comes first, who only failed comes last.
		wait := func(c Candidate) float64 {
			if s := looks[c.Miner]; !s.untold {
				return s.latency
			}
			return math.Inf(1)
		}
		slices.SortStableFunc(able, func(a, b Candidate) int { return cmp.Compare(wait(a), wait(b)) })
		out = append(out, able...)
	case "throughput":
		slices.SortStableFunc(able, func(a, b Candidate) int { return cmp.Compare(looks[b.Miner].speed, looks[a.Miner].speed) })
		out = append(out, able...)
	default:
		out = append(out, drawn(able, looks, most-len(out), r.dice)...)
	}
	return out[:min(len(out), most)]
}
