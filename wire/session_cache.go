package wire

import "sync"

// SessionCache remembers which certificates an account was found to have signed, since that signature is the dearest part of a request's verification and the
// same on every request of a session. It is a memory of signatures alone: validity, scope and chain are judged for each request. Memory is bounded; what was not
// seen for longest is forgotten first, by halves, and only costs its verification again. Safe for concurrent use.
type SessionCache struct {
	mu         sync.Mutex
	half       int
	young, old map[sessionKey]struct{}
}

// sessionKey is a certificate as encoded, with its signature: nothing else than what was verified is ever found.
type sessionKey [CertificateSize]byte

// NewSessionCache bounds the certificates kept (about 250 bytes each); values below 2 count as 2.
func NewSessionCache(most int) *SessionCache {
	return &SessionCache{half: max(1, most/2), young: map[sessionKey]struct{}{}}
}

// has says whether a certificate was verified before. A nil cache has none.
func (s *SessionCache) has(c *Certificate) bool {
	if s == nil {
		return false
	}
	k := sessionKey(c.Encode())
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.young[k]; ok {
		return true
	}
	_, ok := s.old[k]
	if ok {
		s.keep(k)
	}
	return ok
}

// add remembers a certificate that was verified.
func (s *SessionCache) add(c *Certificate) {
	if s == nil {
		return
	}
	k := sessionKey(c.Encode())
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.young[k]; !ok {
		s.keep(k)
	}
}

// keep puts a certificate among the young ones; the lock is held.
func (s *SessionCache) keep(k sessionKey) {
	if len(s.young) >= s.half {
		s.old, s.young = s.young, make(map[sessionKey]struct{}, s.half)
	}
	s.young[k] = struct{}{}
}

// Len is how many are kept, some perhaps twice.
func (s *SessionCache) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.young) + len(s.old)
}
