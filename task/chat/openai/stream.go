package openai

import (
	"context"
	"encoding/json"
	"time"

	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/openai/backend"
)

// Stream implements task.StreamingExpert. The pieces come as the server has them; their id, model and the first one's role are this
// expert's own, and the usage is held back to the end, where it is judged.
func (e *Expert) Stream(ctx context.Context, body []byte, emit func([]byte) error) error {
	r, need, err := e.accept(body, true)
	if err != nil {
		return err
	}
	err = e.pool.Do(ctx, need, func(ctx context.Context, s *backend.Server) (bool, error) {
		st := stream{e: e, r: r, s: s, emit: emit, id: newID(), created: time.Now().Unix()}
		body, err := ask(r, s)
		if err != nil {
			return false, err
		}
		if err = s.Stream(ctx, route, body, st.take); err == nil {
			err = st.end()
		}
		return st.began, err
	})
	return toTask(err)
}

// stream is one attempt at an answer.
type stream struct {
	e       *Expert
	r       chat.Request
	s       *backend.Server
	emit    func([]byte) error
	id      string
	created int64

	began  bool // something was handed on
	done   bool // the reason for the end came
	text   bool
	usage  *chat.Usage
	tokens int // log-probabilities handed on
}

// take takes an event of the server's.
func (st *stream) take(data []byte) error {
	c, err := chat.DecodeChunk(data)
	if err != nil {
		return st.s.Malformed(err)
	}
	if c.Usage != nil {
		st.usage = c.Usage // of several, as some servers send, the last one counts all
	}
	if len(c.Choices) == 0 {
		return nil
	}
	p := &c.Choices[0]
	if !st.r.Logprobs {
		p.Logprobs = nil
	}
	if st.done {
		if p.Delta.Content == "" && p.Logprobs == nil {
			return nil
		}
		return st.s.Malformed(errAfterEnd)
	}
	p.Delta.Role = ""
	if !st.began {
		p.Delta.Role = chat.RoleAssistant
	}
	if p.Logprobs != nil {
		// What is wrong with these must show before they are handed on. Of the tokens only max_tokens are known to be too many yet.
		st.tokens += len(p.Logprobs.Content)
		if err := st.r.CheckLogprobs(p.Logprobs, chat.Usage{CompletionTokens: st.r.MaxTokens}, false); err != nil {
			return st.s.Malformed(err)
		}
	}
	st.done, st.text = p.FinishReason != nil, st.text || p.Delta.Content != ""
	return st.send(chat.Chunk{Choices: c.Choices})
}

// end judges the whole and sends the usage.
func (st *stream) end() error {
	switch {
	case !st.done:
		return st.s.Malformed(errNoEnd)
	case st.usage == nil:
		return st.s.Malformed(errNoUsage)
	}
	if err := st.r.CheckUsage(*st.usage); err != nil {
		return st.s.Malformed(err)
	}
	if st.r.Logprobs && (st.tokens > st.usage.CompletionTokens || (st.tokens == 0 && st.text)) {
		return st.s.Malformed(errTokens)
	}
	if err := st.e.fits(*st.usage); err != nil {
		return err
	}
	return st.send(chat.Chunk{Choices: []chat.ChunkChoice{}, Usage: st.usage})
}

func (st *stream) send(c chat.Chunk) error {
	c.ID, c.Object, c.Created, c.Model = st.id, chat.ObjectChunk, st.created, st.e.served.String()
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	st.began = true
	return st.emit(data)
}
