package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/train"
	"github.com/agon-chain/agon/lm/train/corpus"
)

const (
	license   = "Apache-2.0"
	modelFile = "model.gguf"
	// maxShipped is the most that a model in the repository may take.
	maxShipped = 4 << 20
)

// trained is a model at the end of its training.
type trained struct {
	plan   plan
	params *train.Params
	tokens int // of its text
}

func (m *maker) file(t trained, kind gguf.TensorType) ([]byte, error) {
	var out bytes.Buffer
	err := train.WriteGGUF(&out, t.params, train.Export{
		Name: t.plan.name, License: license, Type: kind,
		Tokens: train.Tokens{Strings: m.texts.vocab.Strings(), Merges: m.texts.vocab.Merges(), End: m.texts.vocab.End()},
	})
	return out.Bytes(), err
}

// card measures a model and writes its files: the float32 one into the work folder, the quantized one into the models'.
func (m *maker) card(t trained, dir string) (Card, error) {
	full, err := m.file(t, gguf.F32)
	if err != nil {
		return Card{}, err
	}
	if err := os.WriteFile(filepath.Join(m.work, t.plan.name+".f32.gguf"), full, 0o644); err != nil {
		return Card{}, err
	}
	small, err := m.file(t, gguf.Q8_0)
	if err != nil {
		return Card{}, err
	}
	if len(small) > maxShipped {
		return Card{}, fmt.Errorf("%s takes %d bytes, at most %d: make it smaller", t.plan.name, len(small), maxShipped)
	}
	if err := os.MkdirAll(filepath.Join(dir, t.plan.name), 0o755); err != nil {
		return Card{}, err
	}
	if err := os.WriteFile(filepath.Join(dir, t.plan.name, modelFile), small, 0o644); err != nil {
		return Card{}, err
	}
	shipped, err := rounded(t.params, gguf.Q8_0)
	if err != nil {
		return Card{}, err
	}
	losses, err := m.measure(shipped)
	if err != nil {
		return Card{}, err
	}
	exact, err := m.measure(t.params)
	if err != nil {
		return Card{}, err
	}
	sum := sha256.Sum256(small)
	p, texts := t.plan, corpus.Where(m.texts.training, t.plan.keep)
	return Card{
		Name: p.name, About: p.about, Parent: p.parent, Architecture: "llama", Parameters: p.run.Config.Parameters(),
		Context: p.run.Config.Context, Quantization: "q8_0", File: modelFile, FileBytes: len(small), FileSHA256: hex.EncodeToString(sum[:]),
		LicenseWeights: license, LicenseData: dataLic, Data: dataText, Split: splitTxt,
		TrainingTexts: len(texts), TrainingBytes: size(texts), TrainingTokens: t.tokens,
		Steps: p.run.Schedule.Steps, TokensSeen: p.run.Schedule.Steps * p.run.Batch * p.run.Config.Context, InitSeed: p.initSeed,
		Run: p.run, Own: p.own, HeldOut: losses, Float32: exact,
	}, nil
}

// release writes all models and, when each is measured, the cards with what the others have.
func (m *maker) release(models []trained, dir string) error {
	var cards []Card
	for _, t := range models {
		fmt.Fprintf(m.out, "%s: measuring\n", t.plan.name)
		c, err := m.card(t, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", t.plan.name, err)
		}
		cards = append(cards, c)
	}
	for i, c := range cards {
		for j, o := range cards {
			if i != j {
				c.Others = append(c.Others, Other{o.Name, o.HeldOut})
			}
		}
		raw, err := c.json()
		if err != nil {
			return err
		}
		text, err := c.markdown()
		if err != nil {
			return err
		}
		for name, content := range map[string][]byte{"card.json": raw, "card.md": text} {
			if err := os.WriteFile(filepath.Join(dir, c.Name, name), content, 0o644); err != nil {
				return err
			}
		}
		for _, l := range c.HeldOut {
			fmt.Fprintf(m.out, "%s: %s: %.4f nats per token, %.4f bits per byte\n", c.Name, l.Set, l.NatsPerToken, l.BitsPerByte)
		}
	}
	return nil
}
