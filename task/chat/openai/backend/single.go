package backend

import (
	"context"
	"net/http"
	"os"
	"strings"
)

// Single is a server that is no pool's: nobody probes it, and nobody looks at it but its user. Errors: [ErrConfig].
func Single(c Config, limits Limits) (*Server, error) {
	return newServer(c, limits.withDefaults(), os.LookupEnv)
}

// Serves asks which models the server lists, and returns the one that it is asked for, by which it is known from then on.
func (s *Server) Serves(ctx context.Context) (string, error) {
	_, model, err := s.look(ctx)
	if err == nil {
		s.config.Model = model
	}
	return model, err
}

// PostBeside sends a body to a path that a server has beside OpenAI's API, and returns the answer as Post does.
func (s *Server) PostBeside(ctx context.Context, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.FirstByte, errTooSlow)
	defer cancel()
	return s.read(ctx, http.MethodPost, strings.TrimSuffix(s.base.String(), "/v1")+path, body)
}

// Idle closes the connections on which nothing is under way.
func (s *Server) Idle() { s.http.CloseIdleConnections() }
