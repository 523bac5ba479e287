package api

import (
	"bytes"
	"fmt"

	"github.com/agon-chain/agon/gateway/body"
)

// chat is POST /v1/chat/completions.
func (c *call) chat() {
	raw, sealed, err := c.read()
	if err != nil {
		c.fail(err)
		return
	}
	if sealed {
		c.sealed(raw, chatRoute, "")
		return
	}
	in, err := c.parse(raw)
	if err != nil {
		c.fail(err)
		return
	}
	switch {
	case in.ensemble != nil:
		c.together(in)
	case in.stream:
		c.streamed(in, chatRoute, &chatFilter{in: in})
	default:
		ans, err := c.whole(in, chatRoute)
		if err != nil {
			c.failed(ans, err)
			return
		}
		c.give(ans, in.shown(ans.Reply.Body), in.hidden())
	}
}

// shown is an answer without what was not asked for.
func (in *input) shown(answer []byte) []byte {
	if in.verbatim || in.logprobs {
		return answer
	}
	return body.WithoutLogprobs(answer)
}

func (in *input) hidden() string {
	if in.verbatim || in.logprobs {
		return ""
	}
	return "logprobs"
}

// filter says what of a stream's events the caller gets.
type filter interface {
	// event is what to write for an event's data; nil for nothing.
	event(data []byte) ([][]byte, error)
	// named says whether events carry a name, which the Responses API has.
	name(data []byte) string
	// rewritten says what was changed of the miner's events.
	rewritten() string
	// end is what to write before the receipt.
	end() [][]byte
	// fail is what to write in place of the end.
	fail(err []byte) []byte
	// trailer says whether the receipt and [DONE] are written.
	trailer() bool
}

// chatFilter passes chat's events: without log-probabilities and usage where nobody asked.
type chatFilter struct{ in *input }

func (f *chatFilter) event(data []byte) ([][]byte, error) {
	if f.in.verbatim {
		return [][]byte{data}, nil
	}
	if !f.in.usage && bytes.Contains(data, []byte(`"usage"`)) {
		if o, err := body.Parse(data); err == nil && o.Get("usage") != nil {
			if len(body.Elements(o.Get("choices"))) == 0 {
				return nil, nil
			}
			o.Cut("usage")
			data = o.Bytes()
		}
	}
	return [][]byte{f.in.shown(data)}, nil
}

func (f *chatFilter) name([]byte) string     { return "" }
func (f *chatFilter) end() [][]byte          { return nil }
func (f *chatFilter) fail(err []byte) []byte { return err }
func (f *chatFilter) trailer() bool          { return true }

// rewritten says what may be left out: headers come before the events.
func (f *chatFilter) rewritten() string {
	hidden := f.in.hidden()
	switch {
	case f.in.verbatim || f.in.usage:
		return hidden
	case hidden == "":
		return "usage"
	}
	return hidden + ", usage"
}

// streamed answers with events, one flush for each.
func (c *call) streamed(in *input, path string, f filter) {
	candidates, err := c.pick(in, path, c.a.o.Attempts)
	if err != nil {
		c.fail(err)
		return
	}
	hold, most, err := c.reserve(in, candidates, in.raw, c.a.o.Caller.AtOnce(len(candidates), in.fallbacks()))
	if err != nil {
		c.fail(err)
		return
	}
	ctx, cancel := c.bounded()
	defer cancel()
	s := &stream{c: c, f: f}
	r := c.request(in, candidates, path, most)
	r.OnEvent, r.Begin = s.event, s.begin
	ans, err := c.a.o.Caller.Do(ctx, r)
	c.settle(hold, in, ans, err)
	err = late(ctx, c.r.Context(), err)
	switch {
	case ans.Began:
		s.finish(ans, err)
	case err != nil:
		c.failed(ans, err)
	default:
		if _, ok := f.(*chatFilter); !ok {
			c.failed(ans, fmt.Errorf("%w: it does not stream", errAnswer))
			return
		}
		c.give(ans, in.shown(ans.Reply.Body), in.hidden()) // a miner that does not stream
	}
}
