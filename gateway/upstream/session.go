package upstream

import (
	"sync"
	"time"

	"github.com/agon-chain/agon/wire"
)

// sessionLife is how long a session lasts; it is renewed when four fifths are over.
const sessionLife = 6 * time.Hour

// Sessions certifies session keys of one account. Safe for concurrent use.
type Sessions struct {
	ChainID string
	Account wire.AccountKey
	Sign    wire.AccountSigner
	Now     func() time.Time

	mu      sync.Mutex
	current *wire.Session
	renewAt time.Time
}

// Current is the session to sign with now.
func (s *Sessions) Current() (*wire.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if s.current != nil && now.Before(s.renewAt) {
		return s.current, nil
	}
	// Issued a little earlier: a miner's clock may run behind.
	fresh, err := wire.NewSession(s.ChainID, s.Account, s.Sign, wire.ScopeCall, wire.AnyNetuid, now.Add(-time.Minute), now.Add(sessionLife))
	if err != nil {
		return nil, err
	}
	s.current, s.renewAt = fresh, now.Add(sessionLife*4/5)
	return fresh, nil
}
