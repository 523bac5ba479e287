package keys

import "context"

// Agree shares keys' minutes now, which Run does at every Poll.
func (s *Service) Agree(ctx context.Context) error { return s.agree(ctx) }
