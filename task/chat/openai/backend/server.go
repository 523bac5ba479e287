package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/agon-chain/agon/internal/sse"
)

// Server is one of a pool's.
type Server struct {
	config  Config
	base    *url.URL
	name    string
	key     string
	limits  Limits
	http    *http.Client
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	up      atomic.Bool // as the last look found it
	can     atomic.Pointer[Capabilities]

	// Under the pool's lock.
	running int
	used    uint64 // when it was last chosen, as a count
}

func newServer(c Config, limits Limits, getenv func(string) (string, bool)) (*Server, error) {
	c, base, key, err := c.parse(getenv)
	if err != nil {
		return nil, err
	}
	d := &net.Dialer{Timeout: limits.Connect}
	return &Server{
		config: c, base: base, name: base.Host + base.Path, key: key, limits: limits,
		http: &http.Client{
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				DialContext:            d.DialContext,
				TLSHandshakeTimeout:    limits.Connect,
				ForceAttemptHTTP2:      true,
				MaxIdleConnsPerHost:    c.Concurrency,
				IdleConnTimeout:        90 * time.Second,
				MaxResponseHeaderBytes: 64 << 10,
			},
			// A redirect would take the key to a place that the operator did not name.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			Timeout:      limits.LeaveAlone,
			ReadyToTrip:  func(n gobreaker.Counts) bool { return int(n.ConsecutiveFailures) >= limits.Failures },
			IsSuccessful: alive,
			IsExcluded:   blameless,
		}),
	}, nil
}

// Name is the server's host and path.
func (s *Server) Name() string { return s.name }

// Model is what the server calls the model that it is asked for.
func (s *Server) Model() string {
	if c := s.can.Load(); c != nil {
		return c.Model
	}
	return s.config.Model
}

// at is the address of a path of the API.
func (s *Server) at(path string) string { return s.base.String() + path }

// send sends a request and returns a reply of status 200. The caller closes its body.
func (s *Server) send(ctx context.Context, method, address string, body []byte, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, s.fail(ErrSetup, 0, err.Error())
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", accept)
	if s.key != "" {
		req.Header.Set("Authorization", "Bearer "+s.key)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, s.lost(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 16<<10)) // what there is of it
	return nil, s.failStatus(resp.StatusCode, said)
}

// errTooSlow is why a request's own context ended where the caller's did not.
var errTooSlow = errors.New("no answer in time")

// lost tells a connection that failed from a caller that left. Only the innermost error is told: those around it repeat the URL.
func (s *Server) lost(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTooSlow), errors.Is(cause, context.DeadlineExceeded):
		// Whoever's patience ended: the server was too slow for it.
		return s.fail(ErrUnavailable, 0, errTooSlow.Error())
	case cause != nil:
		return cause
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return s.fail(ErrUnavailable, 0, err.Error())
}

// Post sends a body and returns the answer, at most Limits.MaxAnswer bytes.
func (s *Server) Post(ctx context.Context, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.FirstByte, errTooSlow)
	defer cancel()
	return s.read(ctx, http.MethodPost, s.at(path), body)
}

func (s *Server) read(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	resp, err := s.send(ctx, method, address, body, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(io.LimitReader(resp.Body, s.limits.MaxAnswer+1))
	if err != nil {
		return nil, s.lost(ctx, err)
	}
	if int64(len(out)) > s.limits.MaxAnswer {
		return nil, s.fail(ErrAnswer, http.StatusOK, fmt.Sprintf("more than %d bytes", s.limits.MaxAnswer))
	}
	return out, nil
}

// Stream sends a body and gives each event's data to onEvent, up to [DONE] or the stream's own end. An error from onEvent ends the stream and is
// returned as it is.
func (s *Server) Stream(ctx context.Context, path string, body []byte, onEvent func(data []byte) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// One timer for the first event, and then for the time between two.
	timer := time.AfterFunc(s.limits.FirstByte, func() { cancel(errTooSlow) })
	defer timer.Stop()
	resp, err := s.send(ctx, http.MethodPost, s.at(path), body, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if typ, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || typ != "text/event-stream" {
		return s.fail(ErrAnswer, http.StatusOK, fmt.Sprintf("Content-Type is %.64q, want text/event-stream", resp.Header.Get("Content-Type")))
	}
	in := sse.NewReader(resp.Body, s.limits.MaxEvent)
	for left := s.limits.MaxAnswer; ; {
		e, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, sse.ErrTooLong):
			return s.fail(ErrAnswer, http.StatusOK, err.Error())
		case err != nil:
			return s.lost(ctx, err)
		}
		if left -= int64(len(e.Raw)); left < 0 {
			return s.fail(ErrAnswer, http.StatusOK, fmt.Sprintf("stream of more than %d bytes", s.limits.MaxAnswer))
		}
		if string(e.Data) == "[DONE]" {
			return nil
		}
		timer.Stop() // the time that a caller takes to read is not the server's
		if err := onEvent(e.Data); err != nil {
			return err
		}
		timer.Reset(s.limits.Stall)
	}
}
