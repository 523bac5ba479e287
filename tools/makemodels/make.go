package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/agon-chain/agon/lm/train"
	"github.com/agon-chain/agon/lm/train/corpus"
)

// maker makes models in a work folder.
type maker struct {
	texts   texts
	plans   []plan // a parent before its children
	work    string // of checkpoints
	workers int
	out     io.Writer // progress
}

const (
	saveEvery   = 100 // steps
	reportEvery = 20
)

// checkpoint is the file of a plan's state. Its name has a hash of all that the training depends on, its parents'
// included: a checkpoint of another plan is left where it is, and never taken for this one's.
func (m *maker) checkpoint(p plan) (string, error) {
	id, err := m.lineage(p)
	return filepath.Join(m.work, fmt.Sprintf("%s-%x.checkpoint", p.name, id[:6])), err
}

// lineage is the SHA-256 of a plan, its texts, the vocabulary and its parent's lineage.
func (m *maker) lineage(p plan) (id [sha256.Size]byte, err error) {
	if p.parent != "" {
		parent, err := m.plan(p.parent)
		if err != nil {
			return id, err
		}
		if id, err = m.lineage(parent); err != nil {
			return id, err
		}
	}
	h := sha256.New()
	err = json.NewEncoder(h).Encode([]any{
		id[:], p.run, p.initSeed, m.texts.vocab.Merges(), corpus.Where(m.texts.training, p.keep),
	})
	return [sha256.Size]byte(h.Sum(nil)), err
}

func (m *maker) plan(name string) (plan, error) {
	for _, p := range m.plans {
		if p.name == name {
			return p, nil
		}
	}
	return plan{}, fmt.Errorf("no plan for %q, a parent", name)
}

// begin is the state that a plan's training starts or goes on from.
func (m *maker) begin(p plan) (train.State, error) {
	file, err := m.checkpoint(p)
	if err != nil {
		return train.State{}, err
	}
	run, state, err := train.LoadState(file)
	switch {
	case err == nil && run == p.run:
		return state, nil
	case err == nil:
		return train.State{}, fmt.Errorf("%s holds another run; remove it", file)
	case !errors.Is(err, fs.ErrNotExist):
		return train.State{}, err
	}
	params, err := train.NewParams(p.run.Config)
	if err != nil {
		return train.State{}, err
	}
	if p.parent == "" {
		params.Init(p.initSeed)
		return train.State{Params: params, Moments: train.NewMoments(params)}, nil
	}
	parent, err := m.plan(p.parent)
	if err != nil {
		return train.State{}, err
	}
	if file, err = m.checkpoint(parent); err != nil {
		return train.State{}, err
	}
	run, state, err = train.LoadState(file)
	if err != nil {
		return train.State{}, err
	}
	if state.Step != run.Schedule.Steps {
		return train.State{}, fmt.Errorf("%s, the parent, is at step %d of %d; train it first", parent.name, state.Step, run.Schedule.Steps)
	}
	return train.State{Params: state.Params, Moments: train.NewMoments(state.Params)}, nil
}

// train brings a plan to its end, saving as it goes, and returns the weights and the number of tokens of its text.
func (m *maker) train(ctx context.Context, p plan) (*train.Params, int, error) {
	data, err := train.NewData(m.texts.tokens(corpus.Where(m.texts.training, p.keep)), m.texts.vocab.End(), p.run.Config.Context, p.run.Seed)
	if err != nil {
		return nil, 0, err
	}
	state, err := m.begin(p)
	if err != nil {
		return nil, 0, err
	}
	file, err := m.checkpoint(p)
	if err != nil {
		return nil, 0, err
	}
	t, err := train.NewTrainer(p.run, state, data, m.workers)
	if err != nil {
		return nil, 0, err
	}
	steps := p.run.Schedule.Steps
	fmt.Fprintf(m.out, "%s: %d parameters, %d tokens of text, step %d of %d\n", p.name, p.run.Config.Parameters(), data.Tokens(), state.Step, steps)
	start, first := time.Now(), state.Step
	mean := 0.0
	for t.State.Step < steps {
		if err := ctx.Err(); err != nil {
			return nil, 0, errors.Join(err, t.State.Save(file, p.run))
		}
		s, err := t.Step()
		if err != nil {
			return nil, 0, err
		}
		mean += s.Loss / reportEvery
		if t.State.Step%saveEvery == 0 || t.State.Step == steps {
			if err := t.State.Save(file, p.run); err != nil {
				return nil, 0, err
			}
		}
		if t.State.Step%reportEvery == 0 {
			perStep := time.Since(start) / time.Duration(t.State.Step-first)
			fmt.Fprintf(m.out, "%s: step %d of %d, loss %.4f, gradient %.2f, rate %.2e, %.0f tokens/s, %s to go\n", p.name, t.State.Step, steps,
				mean, s.Norm, s.Rate, float64(p.run.Batch*p.run.Config.Context)/perStep.Seconds(), (perStep * time.Duration(steps-t.State.Step)).Round(time.Second))
			mean = 0
		}
	}
	return t.State.Params, data.Tokens(), nil
}
