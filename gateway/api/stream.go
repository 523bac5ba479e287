package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/internal/sse"
	"github.com/agon-chain/agon/wire"
)

// stall is how long one event may take to be read by the caller: who reads slower does not keep a miner's place.
const stall = 10 * time.Second

// stream writes the events of one answer.
type stream struct {
	c      *call
	f      filter
	began  bool
	broken error
	buf    []byte
}

func (s *stream) begin(cand route.Candidate, sent []byte) {
	h := s.c.w.Header()
	s.c.prove(cand, sent, nil)
	if changed := s.f.rewritten(); changed != "" {
		h.Set(HeaderRewritten, changed)
	}
	h.Set("Content-Type", wire.ContentTypeStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would gather events
	s.began = true
}

func (s *stream) event(data []byte) error {
	out, err := s.f.event(data)
	if err != nil || len(out) == 0 {
		return err
	}
	s.buf = s.buf[:0]
	for _, e := range out {
		s.buf = sse.Append(s.buf, s.f.name(e), e)
	}
	return s.write()
}

// write sends what is gathered and flushes. An error says that the caller is gone, and so ends the miner's work too.
func (s *stream) write() error {
	if s.broken != nil {
		return s.broken
	}
	rc := http.NewResponseController(s.c.w)
	_ = rc.SetWriteDeadline(time.Now().Add(stall)) // a writer that knows none is not a connection
	_, err := s.c.w.Write(s.buf)
	if err == nil {
		if err = rc.Flush(); errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	if err != nil {
		s.broken = fmt.Errorf("caller is gone: %w", err)
	}
	return s.broken
}

// finish ends a stream that has begun: with its receipt, or with the error in place of what does not come.
func (s *stream) finish(ans upstream.Answer, err error) {
	c := s.c
	if s.broken != nil || c.r.Context().Err() != nil {
		c.status, c.code = statusGone, "caller_gone"
		panic(http.ErrAbortHandler) // what was sent is not all: the connection must not end as if it were
	}
	s.buf = s.buf[:0]
	if err != nil {
		api := explain(err)
		c.status, c.code = api.Status, codeOf(api, err)
		c.a.o.Log.Warn("stream failed", "request_id", c.id, "code", c.code, "error", logged(err))
		raw := api.Body()
		e := s.f.fail(raw[:len(raw)-1])
		s.buf = sse.Append(s.buf, s.f.name(e), e)
	} else {
		if !s.f.trailer() && ans.Reply != nil && ans.Reply.Receipt != nil {
			// Clients of these events know their last one by its name, so the receipt is a comment, which they skip.
			s.buf = append(append(append(s.buf, ": "+wire.EventReceipt+" "...), ans.Reply.Receipt.String()...), '\n')
		}
		for _, e := range s.f.end() {
			s.buf = sse.Append(s.buf, s.f.name(e), e)
		}
	}
	if s.f.trailer() {
		if ans.Reply != nil && ans.Reply.Receipt != nil {
			if e, err := ans.Reply.Receipt.EventPaid(ans.Reply.Charge); err == nil {
				s.buf = append(s.buf, e...)
			}
		}
		s.buf = sse.Append(s.buf, "", []byte("[DONE]"))
	}
	if s.write() != nil {
		c.status, c.code = statusGone, "caller_gone"
		panic(http.ErrAbortHandler)
	}
}
