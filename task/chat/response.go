package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/agon-chain/agon/internal/sse"
)

// ErrMalformed marks an answer that does not fit the protocol or the request.
var ErrMalformed = errors.New("malformed answer")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// DecodeResponse reads an answer in one piece and judges it by the request. Members that the protocol does not know are left
// out, as servers add their own. Errors: [ErrMalformed].
func DecodeResponse(body []byte, r Request) (Response, error) {
	if len(body) > MaxResponseBytes {
		return Response{}, malformed("%d bytes, want at most %d", len(body), MaxResponseBytes)
	}
	var out Response
	if err := json.Unmarshal(body, &out); err != nil {
		return Response{}, malformed("%v", err)
	}
	if len(out.Choices) != 1 {
		return Response{}, malformed("%d choices, want 1", len(out.Choices))
	}
	c := &out.Choices[0]
	c.Index = 0
	var err error
	if c.FinishReason, err = finishReason(c.FinishReason); err != nil {
		return Response{}, err
	}
	if err := r.CheckUsage(out.Usage); err != nil {
		return Response{}, err
	}
	if !r.Logprobs {
		c.Logprobs = nil
		return out, nil
	}
	return out, r.CheckLogprobs(c.Logprobs, out.Usage, c.Message.Content != "")
}

// finishReason reads why an answer ended. Servers have words of their own beside OpenAI's two.
func finishReason(s string) (string, error) {
	switch s {
	case FinishStop, FinishLength:
		return s, nil
	case "eos", "eos_token", "stop_sequence":
		return FinishStop, nil
	}
	return "", malformed("finish_reason %.32q, want stop or length", s)
}

// CheckUsage judges token counts by what was asked. Errors: [ErrMalformed].
func (r Request) CheckUsage(u Usage) error {
	if u.PromptTokens < 1 || u.PromptTokens > MaxContext {
		return malformed("usage.prompt_tokens %d, want 1 to %d", u.PromptTokens, MaxContext)
	}
	if u.CompletionTokens < 0 || u.CompletionTokens > r.MaxTokens {
		return malformed("usage.completion_tokens %d, want 0 to max_tokens %d", u.CompletionTokens, r.MaxTokens)
	}
	if u.TotalTokens != u.PromptTokens+u.CompletionTokens {
		return malformed("usage.total_tokens %d, want %d + %d", u.TotalTokens, u.PromptTokens, u.CompletionTokens)
	}
	return nil
}

// CheckLogprobs judges log-probabilities that were asked for. There are at most as many as tokens in the answer: the token that ends
// an answer counts, and some servers tell it and some do not. Errors: [ErrMalformed].
func (r Request) CheckLogprobs(l *Logprobs, u Usage, text bool) error {
	if l == nil || (len(l.Content) == 0 && text) {
		return malformed("no log-probabilities, which were asked for")
	}
	if len(l.Content) > u.CompletionTokens {
		return malformed("%d log-probabilities of %d tokens", len(l.Content), u.CompletionTokens)
	}
	for i, t := range l.Content {
		if !validLogprob(t.Logprob) {
			return malformed("logprobs.content[%d].logprob %v, want at most 0", i, t.Logprob)
		}
		if len(t.TopLogprobs) > MaxTopLogprobs+1 { // some servers add the token chosen to those asked for
			return malformed("logprobs.content[%d] has %d alternatives, want at most %d", i, len(t.TopLogprobs), MaxTopLogprobs+1)
		}
		for j, a := range t.TopLogprobs {
			if !validLogprob(a.Logprob) {
				return malformed("logprobs.content[%d].top_logprobs[%d].logprob %v, want at most 0", i, j, a.Logprob)
			}
		}
	}
	return nil
}

// validLogprob says whether a number can be a log-probability; a little above 0 is a sum of floats that was rounded.
func validLogprob(v Logprob) bool {
	return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) && v <= 1e-3
}

// DecodeChunk reads one event of a stream. Errors: [ErrMalformed].
func DecodeChunk(data []byte) (Chunk, error) {
	var c Chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return Chunk{}, malformed("%v", err)
	}
	if len(c.Choices) > 1 {
		return Chunk{}, malformed("%d choices, want at most 1", len(c.Choices))
	}
	for i := range c.Choices {
		c.Choices[i].Index = 0
		if f := c.Choices[i].FinishReason; f != nil && *f != "" {
			reason, err := finishReason(*f)
			if err != nil {
				return Chunk{}, err
			}
			c.Choices[i].FinishReason = &reason
		} else {
			c.Choices[i].FinishReason = nil
		}
	}
	return c, nil
}

// Joiner puts the pieces of a stream together to the answer in one piece that they stand for.
type Joiner struct {
	out  Response
	text []byte
	done bool // a reason for the end came
}

// Add takes the next piece. Errors: [ErrMalformed].
func (j *Joiner) Add(c Chunk) error {
	if j.out.ID == "" {
		j.out = Response{ID: c.ID, Object: ObjectCompletion, Created: c.Created, Model: c.Model, Choices: []Choice{{Message: Message{Role: RoleAssistant}}}}
	}
	if c.Usage != nil {
		j.out.Usage = *c.Usage
	}
	for _, p := range c.Choices {
		if j.done && (p.Delta.Content != "" || p.Logprobs != nil) {
			return malformed("text after the end")
		}
		j.text = append(j.text, p.Delta.Content...)
		if len(j.text) > MaxResponseBytes {
			return malformed("more than %d bytes of text", MaxResponseBytes)
		}
		to := &j.out.Choices[0]
		if p.Logprobs != nil {
			if to.Logprobs == nil {
				to.Logprobs = &Logprobs{}
			}
			to.Logprobs.Content = append(to.Logprobs.Content, p.Logprobs.Content...)
		}
		if p.FinishReason != nil {
			to.FinishReason, j.done = *p.FinishReason, true
		}
	}
	return nil
}

// DecodeAnswer reads an answer to a request as an examiner gets it: a stream as its events, whose end need not be told beside. Errors:
// [ErrMalformed].
func DecodeAnswer(body []byte, r Request) (Response, error) {
	if !r.Stream {
		return DecodeResponse(body, r)
	}
	if len(body) > MaxResponseBytes {
		return Response{}, malformed("%d bytes, want at most %d", len(body), MaxResponseBytes)
	}
	var j Joiner
	for in := sse.NewReader(bytes.NewReader(body), len(body)); ; {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			return j.Response(r)
		}
		if err != nil {
			return Response{}, malformed("%v", err)
		}
		if string(e.Data) == "[DONE]" {
			continue
		}
		c, err := DecodeChunk(e.Data)
		if err != nil {
			return Response{}, err
		}
		if err := j.Add(c); err != nil {
			return Response{}, err
		}
	}
}

// Response is the whole, judged by the request as [DecodeResponse] does. Errors: [ErrMalformed], also for a stream that did not end.
func (j *Joiner) Response(r Request) (Response, error) {
	if !j.done {
		return Response{}, malformed("the stream ended without a finish_reason")
	}
	out := j.out
	out.Choices[0].Message.Content = string(j.text)
	if err := r.CheckUsage(out.Usage); err != nil {
		return Response{}, err
	}
	if !r.Logprobs {
		out.Choices[0].Logprobs = nil
		return out, nil
	}
	return out, r.CheckLogprobs(out.Choices[0].Logprobs, out.Usage, len(j.text) > 0)
}
