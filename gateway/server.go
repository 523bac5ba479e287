package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

const (
	headerTimeout = 5 * time.Second  // to send a request's headers
	readTimeout   = 30 * time.Second // to send a request
	idleTimeout   = 90 * time.Second // between two requests of a connection
	maxHeader     = 32 << 10         // bytes
	maxAdmin      = 64               // connections to the administration
)

// newServer bounds what a connection may cost. Requests outlive the group's context, so that stopping lets them finish. write is the longest that an answer may take;
// streams set deadlines of their own for each event.
func newServer(h http.Handler, write time.Duration, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: write, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// listen opens an address. Errors: ErrPortTaken.
func listen(ctx context.Context, setting, address string, connections int) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: %s; stop the program that listens there, or choose another address with --%s", ErrPortTaken, address, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (--%s): %w", address, setting, err)
	}
	return netutil.LimitListener(l, connections), nil
}

// serveUntil serves until the context ends, then gives calls under way the drain time. With a certificate it serves TLS.
func serveUntil(ctx context.Context, s *http.Server, l net.Listener, cert, key string, drain time.Duration, log *slog.Logger) error {
	stopped := make(chan error, 1)
	go func() {
		if cert != "" {
			stopped <- s.ServeTLS(l, cert, key)
			return
		}
		stopped <- s.Serve(l)
	}()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		log.Warn("calls under way were cut off", "after", drain)
		_ = s.Close()
	}
	<-stopped
	return ctx.Err()
}
