package lm

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/lm/tokenizer"
)

const (
	// MaxStops is how many stop strings a request may have.
	MaxStops = 16
	// MaxStopLen is how many bytes each may have.
	MaxStopLen = 256
)

// Reason is why a generation ended.
type Reason string

const (
	// ReasonStop is a token that ends the text, or a stop string.
	ReasonStop Reason = "stop"
	// ReasonLength is the request's number of tokens, or a full context.
	ReasonLength Reason = "length"
)

// Request says how to go on with a sequence.
type Request struct {
	// Prompt is added to the sequence first; at least one token, with the BOS if the model wants one.
	Prompt []int
	// MaxTokens is the most tokens to generate; 0 for as many as fit.
	MaxTokens int
	// Sampler chooses token t of the answer, counted from 0.
	Sampler sample.Sampler
	// Stop strings end the text before they begin. At most MaxStops of 1 to MaxStopLen bytes.
	Stop []string
	// OnText is called with each new part of the text, in order, never ending within a character and never with what may yet
	// become a stop string. Its error ends the generation and is returned. May be nil.
	OnText func(text string) error
	// OnToken is called with each token chosen, the one that ends the text too, and the logits that it was chosen from, before
	// OnText is called with what it adds. The logits are valid during the call. Its error ends the generation and is returned. May
	// be nil.
	OnToken func(t Token, logits []float32) error
}

// Token is a generated token.
type Token struct {
	ID      int     `json:"id"`
	Text    string  `json:"text"`    // may be a part of a character
	LogProb float64 `json:"logprob"` // natural, of the unmodified distribution
}

// Completion is what a generation gave.
type Completion struct {
	Text   string
	Tokens []Token // all that make the text, including those of a stop string
	Reason Reason
	// End is the token that ended the text, which has no part in Tokens; nil where something else did. It was chosen like
	// the others, so a verifier replays it too: who stops early cannot have one.
	End *Token
	// Prompt is how many tokens of the prompt were computed.
	Prompt int
}

func (r Request) validate(s *Session) error {
	if s.model.Tokenizer == nil {
		return fmt.Errorf("%w: the model has no tokenizer", ErrRequest)
	}
	if err := r.Sampler.Params.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if r.MaxTokens < 0 {
		return fmt.Errorf("%w: max tokens is %d, want at least 0", ErrRequest, r.MaxTokens)
	}
	if len(r.Stop) > MaxStops {
		return fmt.Errorf("%w: %d stop strings, at most %d", ErrRequest, len(r.Stop), MaxStops)
	}
	for i, stop := range r.Stop {
		if stop == "" || len(stop) > MaxStopLen {
			return fmt.Errorf("%w: stop string %d has %d bytes, want 1 to %d", ErrRequest, i, len(stop), MaxStopLen)
		}
	}
	return nil
}

// Generate goes on with the sequence until a token or a stop string ends the text, or there are enough tokens. The last token
// generated is not yet part of the sequence. ErrRequest, ErrEmpty, ErrToken, ErrContextFull (if the prompt leaves no
// room), ErrNotFinite, the context's error, or OnText's; what was generated until then is returned with it.
func (s *Session) Generate(ctx context.Context, r Request) (Completion, error) {
	c := Completion{Tokens: []Token{}}
	if err := r.validate(s); err != nil {
		return c, err
	}
	logits, err := s.Prefill(ctx, r.Prompt)
	if err != nil {
		return c, err
	}
	c.Prompt = len(r.Prompt)
	out := output{stops: r.Stop, emit: r.OnText}
	for c.Reason == "" {
		if err = ctx.Err(); err != nil {
			break
		}
		var t Token
		if t, err = s.pick(r.Sampler, logits, len(c.Tokens)); err != nil {
			break
		}
		if r.OnToken != nil {
			if err = r.OnToken(t, logits); err != nil {
				break
			}
		}
		if s.model.Tokenizer.IsEnd(t.ID) {
			c.End, c.Reason = &t, ReasonStop
			break
		}
		c.Tokens = append(c.Tokens, t)
		var stopped bool
		if stopped, err = out.add(t.Text); err != nil {
			break
		}
		switch {
		case stopped:
			c.Reason = ReasonStop
		case len(c.Tokens) == r.MaxTokens || s.used == s.limit:
			c.Reason = ReasonLength
		default:
			if logits, err = s.Decode(t.ID); err != nil {
				return c, err
			}
		}
	}
	if err == nil {
		err = out.finish()
	}
	c.Text = out.text[:out.end()]
	return c, err
}

func (s *Session) pick(sampler sample.Sampler, logits []float32, t int) (Token, error) {
	id, logprob := sampler.Pick(logits, t)
	if math.IsNaN(logprob) || math.IsInf(logprob, 0) {
		return Token{}, fmt.Errorf("token %d after the prompt: %w", t, ErrNotFinite)
	}
	return Token{id, s.model.Tokenizer.Piece(id), logprob}, nil
}

// output is the text so far and how much of it has been handed out.
type output struct {
	stops   []string
	emit    func(string) error
	stream  tokenizer.Stream
	text    string
	emitted int
	stopped bool
	cut     int // where the stop string begins
}

func (o *output) end() int {
	if o.stopped {
		return o.cut
	}
	return len(o.text)
}

// add adds a token's piece and says whether a stop string is complete.
func (o *output) add(piece string) (bool, error) {
	old := len(o.text)
	o.text += o.stream.Push(piece)
	for _, stop := range o.stops {
		// A stop string that is complete now ends in what is new.
		from := max(0, old-len(stop)+1)
		if at := strings.Index(o.text[from:], stop); at >= 0 && (!o.stopped || from+at < o.cut) {
			o.stopped, o.cut = true, from+at
		}
	}
	if o.stopped {
		return true, nil
	}
	return false, o.hand(len(o.text) - o.held())
}

// held is how many bytes at the end may yet become a stop string.
func (o *output) held() int {
	longest := 0
	for _, stop := range o.stops {
		for n := min(len(stop)-1, len(o.text)); n > longest; n-- {
			if strings.HasSuffix(o.text, stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// finish hands out the rest.
func (o *output) finish() error {
	if !o.stopped {
		o.text += o.stream.Flush()
	}
	return o.hand(o.end())
}

func (o *output) hand(end int) error {
	if end <= o.emitted || o.emit == nil {
		return nil
	}
	part := o.text[o.emitted:end]
	o.emitted = end
	return o.emit(part)
}
