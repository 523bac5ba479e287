package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

// streamStall is how long one event may take to be read: a caller that reads slower does not keep its place.
// Tests make it shorter.
var streamStall = 10 * time.Second

// errStreamTooLong ends a stream that is longer than the task allows.
var errStreamTooLong = errors.New("stream is longer than the task allows")

// streamer is the reply of one request that asked for events. Nothing is sent before the first event: until then an error is
// an ordinary reply with a status of its own.
type streamer struct {
	h        *handler
	w        http.ResponseWriter
	r        *http.Request
	req      *wire.Request
	received time.Time
	ctx      context.Context // of the expert's answer
	end      time.Time       // no write after it
	events   *wire.StreamWriter
	began    bool
	broken   error // the caller is gone, or reads too slowly
	usage    usage
	paid     *payment
	unpaid   error         // why the stream is not paid further
	writing  time.Duration // that the caller took to read
}

// stream answers with events. The caller holds the request's place.
func (h *handler) stream(w http.ResponseWriter, r *http.Request, req *wire.Request, received time.Time, expert task.StreamingExpert, body []byte, seal *wire.ResponseSealer, paid *payment) {
	s := &streamer{h: h, w: w, r: r, req: req, received: received, paid: paid, end: time.Now().Add(h.timeout + streamStall)}
	s.events = wire.NewStreamWriter(w, seal)
	err := s.run(expert, body)
	if err == nil && !s.began {
		err = errors.New("expert ended a stream without an event")
	}
	if err != nil && seal != nil {
		err = withoutText(err)
	}
	// Who reads so slowly that the time runs out is one who leaves: an error would cost it nothing, and it has had what was sent.
	slow := errors.Is(err, context.DeadlineExceeded) && s.writing > h.timeout/2
	switch {
	case s.broken != nil || r.Context().Err() != nil || slow:
		h.count(499, "caller_gone", received)
		if s.began {
			s.charge(true) // who leaves before the end has had what was sent
			// What was sent is not all: the connection must not end as if it were.
			panic(http.ErrAbortHandler)
		}
	case err != nil && !s.began:
		h.logFailure(req, err)
		h.finish(w, r, req, received, failed(err))
	default:
		if err != nil {
			h.logFailure(req, err)
		}
		s.finish(err)
	}
}

// run lets the expert stream. A panic in it is its failure and not the daemon's end.
func (s *streamer) run(expert task.StreamingExpert, body []byte) (err error) {
	h := s.h
	ctx, cancel := context.WithTimeout(s.r.Context(), h.timeout)
	defer cancel()
	start := time.Now()
	defer func() {
		h.metrics.answer.Observe(time.Since(start).Seconds())
		if p := recover(); p != nil {
			h.metrics.panics.Inc()
			h.log.Error("expert panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	s.ctx = ctx
	err = expert.Stream(ctx, body, s.emit)
	if s.unpaid != nil {
		return s.unpaid // whatever the expert made of it
	}
	if err != nil && !errors.Is(err, task.ErrBadRequest) && !errors.Is(err, task.ErrOverloaded) && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// emit sends one event.
func (s *streamer) emit(event []byte) error {
	if s.broken != nil {
		return s.broken
	}
	if s.unpaid != nil {
		return s.unpaid
	}
	if s.events.Size()+int64(len(event)) > s.h.descriptor.MaxResponseBytes {
		return fmt.Errorf("%w: %d bytes", errStreamTooLong, s.h.descriptor.MaxResponseBytes)
	}
	if bytes.Contains(event, []byte(`"usage"`)) {
		if u := readUsage(event); u != (usage{}) {
			s.usage = u
		}
	}
	if err := s.paid.meter(s.ctx, event); err != nil {
		s.unpaid = err
		return err
	}
	s.begin()
	return s.send(func() error { return s.events.Event(event) })
}

// send writes and flushes, within the time that a caller gets to read.
func (s *streamer) send(write func() error) error {
	c := http.NewResponseController(s.w)
	deadline := time.Now().Add(streamStall)
	if deadline.After(s.end) {
		deadline = s.end
	}
	_ = c.SetWriteDeadline(deadline) // a writer that knows none is not a connection
	began := time.Now()
	defer func() { s.writing += time.Since(began) }()
	if err := write(); err != nil {
		s.broken = fmt.Errorf("caller is gone: %w", err)
		return s.broken
	}
	if err := c.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.broken = fmt.Errorf("caller is gone: %w", err)
		return s.broken
	}
	return nil
}

func (s *streamer) begin() {
	if s.began {
		return
	}
	s.began = true
	s.h.metrics.streams.Inc()
	header := s.w.Header()
	header.Set("Content-Type", wire.ContentTypeStream)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would gather events
	header.Set("X-Content-Type-Options", "nosniff")
	s.w.WriteHeader(http.StatusOK)
}

// finish ends a stream that has begun, with the error in place of what does not come if there is one, and signs for it.
func (s *streamer) finish(err error) {
	h := s.h
	status := http.StatusOK
	end := s.events.End
	var charge *wire.Charge
	if _, unpaid := errors.AsType[*wire.PaymentError](err); err == nil || unpaid {
		charge = s.charge(unpaid)
	}
	if err != nil {
		api := toAPI(err)
		status, end = api.Status, func() error { return s.events.Fail(api) }
	}
	write := func() error {
		if err := end(); err != nil {
			return err
		}
		receipt, err := h.sign(s.req, s.received, status, s.events.Hash(), s.usage)
		if err != nil {
			h.log.Error("receipt could not be signed", "error", err)
			return err
		}
		return s.events.FinishPaid(receipt, charge)
	}
	if s.send(write) != nil {
		h.count(499, "caller_gone", s.received)
		panic(http.ErrAbortHandler)
	}
	h.metrics.receipts.WithLabelValues(strconv.Itoa(status)).Inc()
	h.count(status, codeOf(err), s.received)
}

// charge settles what was delivered. A stream that ended early counts as it was metered, unless its usage was told.
func (s *streamer) charge(early bool) *wire.Charge {
	if s.paid != nil && early && s.usage == (usage{}) {
		s.usage = s.paid.delivered()
	}
	return s.paid.settle(s.usage)
}
