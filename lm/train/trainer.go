package train

import (
	"fmt"
	"sync"
)

// Run is all that decides what a training gives, besides its data and the weights that it starts from.
type Run struct {
	Config    Config   `json:"config"`
	Seed      uint64   `json:"seed"`   // of the order of the data
	Batch     int      `json:"batch"`  // windows of a step
	Shards    int      `json:"shards"` // parts in which a step's gradient is computed; divides Batch
	Optimizer AdamW    `json:"optimizer"`
	Schedule  Schedule `json:"schedule"`
}

// The bounds of a step: what fits into memory, and what is worth a gradient of its own.
const (
	MaxBatch  = 1 << 16
	MaxShards = 64
)

// Validate says which setting is out of bounds.
func (r Run) Validate() error {
	if err := r.Config.Validate(); err != nil {
		return err
	}
	if r.Batch < 1 || r.Batch > MaxBatch {
		return fmt.Errorf("%w: batch of %d windows, must be from 1 to %d", ErrConfig, r.Batch, MaxBatch)
	}
	if r.Shards < 1 || r.Shards > MaxShards || r.Batch%r.Shards != 0 {
		return fmt.Errorf("%w: %d shards, must divide the batch of %d and be at most %d", ErrConfig, r.Shards, r.Batch, MaxShards)
	}
	if err := r.Optimizer.Validate(); err != nil {
		return err
	}
	return r.Schedule.Validate()
}

// State is what a run has reached: all that has to be kept to go on.
type State struct {
	Params  *Params
	Moments *Moments
	Step    int // steps done
}

// Trainer performs the steps of a run. It is for one goroutine at a time, and uses Workers of its own.
type Trainer struct {
	Run   Run
	State State

	data   *Data
	passes []*Pass   // one a worker
	grads  []*Params // one a shard
}

// Step is what one step has to tell.
type Step struct {
	Loss float64 // mean over the batch before the step, in nats a token
	Norm float64 // length of the gradient before it was cut
	Rate float64 // learning rate
}

// NewTrainer continues a run from a state. How many goroutines work changes nothing but the time.
func NewTrainer(r Run, s State, d *Data, workers int) (*Trainer, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if s.Params == nil || s.Params.Config != r.Config {
		return nil, fmt.Errorf("%w: the weights are not of the run's shape", ErrConfig)
	}
	if s.Moments == nil || len(s.Moments.First) != len(s.Params.Flat) || len(s.Moments.Second) != len(s.Params.Flat) {
		return nil, fmt.Errorf("%w: the optimizer's memory is not of the run's shape", ErrConfig)
	}
	if d.length > r.Config.Context {
		return nil, fmt.Errorf("%w: windows of %d tokens, the context has %d", ErrConfig, d.length, r.Config.Context)
	}
	t := &Trainer{Run: r, State: s, data: d}
	for range max(1, min(workers, r.Shards)) {
		p, err := NewPass(r.Config)
		if err != nil {
			return nil, err
		}
		t.passes = append(t.passes, p)
	}
	for range r.Shards {
		g, err := NewParams(r.Config)
		if err != nil {
			return nil, err
		}
		t.grads = append(t.grads, g)
	}
	return t, nil
}

// Shard is the part of a step's batch that one gradient is computed of.
func (t *Trainer) Shard(step, shard int) Batch {
	size := t.Run.Batch / t.Run.Shards
	return t.data.Batch(uint64(step)*uint64(t.Run.Batch)+uint64(shard*size), size)
}

// Step performs the next step. After an error the state is as it was.
func (t *Trainer) Step() (Step, error) {
	grad, loss, err := t.gradient()
	if err != nil {
		return Step{}, fmt.Errorf("step %d: %w", t.State.Step, err)
	}
	rate := t.Run.Schedule.At(t.State.Step)
	norm := t.Run.Optimizer.Update(t.State.Params, grad, t.State.Moments, rate)
	t.State.Step++
	return Step{Loss: loss, Norm: norm, Rate: rate}, nil
}

// gradient is that of the mean loss over the next step's batch. Workers take shards as they come; the sum is in the order
// of shards.
func (t *Trainer) gradient() (*Params, float64, error) {
	tokens := t.Run.Batch * t.data.length
	nats := make([]float64, t.Run.Shards)
	errs := make([]error, t.Run.Shards)
	next := make(chan int, t.Run.Shards)
	for i := range t.Run.Shards {
		next <- i
	}
	close(next)
	var wait sync.WaitGroup
	for _, p := range t.passes {
		wait.Go(func() {
			for i := range next {
				clear(t.grads[i].Flat)
				nats[i], errs[i] = p.Gradient(t.State.Params, t.Shard(t.State.Step, i), 1/float32(tokens), t.grads[i])
			}
		})
	}
	wait.Wait()
	sum, loss := t.grads[0], 0.0
	for i, g := range t.grads {
		if errs[i] != nil {
			return nil, 0, errs[i]
		}
		loss += nats[i]
		if i > 0 {
			for j, v := range g.Flat {
				sum.Flat[j] += v
			}
		}
	}
	return sum, loss / float64(tokens), nil
}
