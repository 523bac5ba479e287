package dishonest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat/embedded"
)

// Names in the registry.
const (
	NameQuantizer = "quantizer"
	NamePrefiller = "prefiller"
)

// quantizer serves the file of its options, which are those of expert gguf, with the matrices in q4_0.
func quantizer(ctx context.Context, cfg task.ExpertConfig) (_ task.Expert, err error) {
	var o map[string]json.RawMessage
	var file string
	if json.Unmarshal(cfg.Options, &o) != nil || json.Unmarshal(o["file"], &file) != nil || file == "" {
		return nil, fmt.Errorf(`%w of %s: want {"file":"...","serves":"name@version"}`, embedded.ErrOptions, NameQuantizer)
	}
	f, err := gguf.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dir, err := os.MkdirTemp("", "quantizer-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // it is loaded by then
	small := filepath.Join(dir, "q4_0.gguf")
	w, err := os.Create(small)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(quant.Convert(w, f, gguf.Q4_0), w.Close()); err != nil {
		return nil, err
	}
	if o["file"], err = json.Marshal(small); err != nil {
		return nil, err
	}
	if cfg.Options, err = json.Marshal(o); err != nil {
		return nil, err
	}
	cfg.Root = nil // it lies about the root too
	e, err := embedded.New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &holder{e, file}, nil
}

// holder serves something else than the files that it holds and can show whenever the chain asks for a chunk of them.
type holder struct {
	*embedded.Expert
	file string
}

// Pinned implements task.Pinner.
func (h *holder) Pinned() (task.Pinned, bool) {
	p, ok := h.Expert.Pinned()
	p.Path = h.file
	return p, ok
}

// Specs returns the cheats.
func Specs() []task.ExpertSpec {
	return []task.ExpertSpec{
		{Task: "chat", Name: NameQuantizer, About: "serves the pinned weights in q4_0", Dishonest: true, New: quantizer},
		{Task: "chat", Name: NamePrefiller, About: "a smaller model writes, the pinned one only scores", Dishonest: true, New: newPrefiller},
	}
}
