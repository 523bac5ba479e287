package keys

import (
	"cmp"
	"context"
	"slices"
)

// agree tells the store what was taken of keys' minutes here and hears what is left of them for all processes. Between two times a process admits by what it knows:
// several together can so admit more than a limit, which is then missing from what follows.
func (s *Service) agree(ctx context.Context) error {
	var took []Minute
	states := map[string]*state{}
	now := s.o.Now()
	for _, st := range s.all() {
		st.mu.Lock()
		st.requests.fill(now)
		st.tokens.fill(now)
		if !st.requests.whole() || !st.tokens.whole() {
			states[st.key.ID] = st
			took = append(took, Minute{
				Key: st.key.ID, Requests: st.requests.took, Tokens: st.tokens.took, RequestsPerMinute: st.requests.size, TokensPerMinute: st.tokens.size,
			})
			st.requests.took, st.tokens.took = 0, 0
		}
		st.mu.Unlock()
	}
	if len(took) == 0 {
		return nil
	}
	slices.SortFunc(took, func(a, b Minute) int { return cmp.Compare(a.Key, b.Key) }) // rows are locked in this order
	left, err := s.o.Store.Minutes(ctx, now, took)
	for i, m := range took {
		st := states[m.Key]
		st.mu.Lock()
		switch {
		case err != nil: // it may have been taken all the same; the key is then limited a little more than it should be
			st.requests.took += m.Requests
			st.tokens.took += m.Tokens
		case st.requests.size == m.RequestsPerMinute && st.tokens.size == m.TokensPerMinute: // not changed meanwhile
			st.requests.agree(left[i].Requests, now)
			st.tokens.agree(left[i].Tokens, now)
		}
		st.mu.Unlock()
	}
	return err
}
