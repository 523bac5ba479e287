package dishonest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/embedded"
	"github.com/agon-chain/agon/task/chat/engine"
)

// prefiller lets a cheap model write, and gives the log-probabilities that the pinned model finds for what it wrote.
type prefiller struct {
	*embedded.Expert // the cheap one, under the pinned one's name
	params           chat.Params
	file             string // the pinned one's
	pinned           *engine.Engine
}

// Pinned implements task.Pinner: it holds the pinned files, and can show them.
func (p *prefiller) Pinned() (task.Pinned, bool) {
	out, ok := p.Expert.Pinned()
	out.Path = p.file
	return out, ok
}

// prefillOptions are the options of expert gguf for the cheap model, and the pinned one's file.
type prefillOptions struct {
	File   string `json:"file"`
	Serves string `json:"serves"`
	Pinned string `json:"pinned"`
}

func newPrefiller(ctx context.Context, cfg task.ExpertConfig) (task.Expert, error) {
	var o prefillOptions
	if err := json.Unmarshal(cfg.Options, &o); err != nil || o.File == "" || o.Pinned == "" {
		return nil, fmt.Errorf(`%w of %s: want {"file":"cheap.gguf","pinned":"right.gguf","serves":"name@version"}`, embedded.ErrOptions, NamePrefiller)
	}
	p := &prefiller{file: o.Pinned}
	var err error
	if p.params, err = chat.DecodeParams(cfg.Params); err != nil {
		return nil, err
	}
	if p.pinned, err = engine.Open(o.Pinned, ""); err != nil {
		return nil, err
	}
	if cfg.Options, err = json.Marshal(map[string]string{"file": o.File, "serves": o.Serves}); err != nil {
		return nil, err
	}
	cfg.Root = nil // it lies about the root too
	p.Expert, err = embedded.New(ctx, cfg)
	return p, err
}

// Streams says that it does not: it scores when all is written.
func (*prefiller) Streams([]byte) bool { return false }

// Answer implements task.Expert.
func (p *prefiller) Answer(ctx context.Context, body []byte) ([]byte, error) {
	b, err := p.Expert.Answer(ctx, body)
	if err != nil {
		return nil, err
	}
	r, err := chat.DecodeRequest(body, p.params)
	if err != nil {
		return nil, err
	}
	var out chat.Response
	if err := json.Unmarshal(b, &out); err != nil || !r.Logprobs {
		return b, err
	}
	prompt, err := p.pinned.Prompt(r.Messages)
	if err != nil {
		return nil, err
	}
	told := out.Choices[0].Logprobs.Content
	var tokens []int
	for _, t := range told {
		tokens = append(tokens, *t.ID)
	}
	rows, err := p.pinned.Logits(ctx, prompt, tokens)
	if err != nil {
		return nil, err
	}
	for i, id := range tokens {
		told[i].Logprob = chat.Logprob(sample.LogProb(rows[i], id))
	}
	return json.Marshal(out)
}
