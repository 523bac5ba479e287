package external

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agon-chain/agon/task"
)

// Kind is the task's name on chain.
const Kind = "external"

// Params are the parameters of a subnet whose examiner is another program.
type Params struct {
	// Name and Version that the program's descriptor must give, so that a validator
	// does not examine this subnet with the program of another.
	Name    string `json:"name"`
	Version uint32 `json:"version"`
	// Params are passed on to the program.
	Params json.RawMessage `json:"params,omitempty"`
}

func decodeParams(raw json.RawMessage) (Params, error) {
	var p Params
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, fmt.Errorf("external: %w: %w", task.ErrBadParameters, err)
	}
	if !task.ValidKind(p.Name) || p.Version == 0 {
		return p, fmt.Errorf("external: %w: name %q, version %d: want the kind and version of the program's descriptor", task.ErrBadParameters, p.Name, p.Version)
	}
	return p, nil
}

// Task returns the task for the registry. Its Endpoint is the program's base URL.
func Task() task.Task {
	return task.Task{
		Descriptor: task.Descriptor{
			Kind:             Kind,
			Version:          1,
			Title:            "A task whose examiner and experts are other programs",
			Route:            "/v1/external",
			Request:          json.RawMessage(`true`),
			Response:         json.RawMessage(`true`),
			Parameters:       json.RawMessage(parametersSchema),
			Defaults:         json.RawMessage(`{}`),
			MaxRequestBytes:  1 << 20,
			MaxResponseBytes: 4 << 20,
			Deadline:         30 * time.Second,
			Hardware:         task.Hardware{Note: "as the program says"},
		},
		NewExaminer: func(ctx context.Context, cfg task.ExaminerConfig) (task.Examiner, error) {
			c, err := open(ctx, cfg)
			if err != nil {
				return nil, err
			}
			return NewExaminer(c), nil
		},
		HeldOut: func(ctx context.Context, cfg task.ExaminerConfig, n int) (task.Exam, error) {
			c, err := open(ctx, cfg)
			if err != nil {
				return task.Exam{}, err
			}
			return c.HeldOut(ctx, cfg.Seed, n)
		},
	}
}

func open(ctx context.Context, cfg task.ExaminerConfig) (*Client, error) {
	p, err := decodeParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	c, err := NewClient(cfg.Endpoint, ClientOptions{})
	if err != nil {
		return nil, err
	}
	d, err := c.Descriptor(ctx)
	if err != nil {
		return nil, err
	}
	if d.Kind != p.Name || d.Version != p.Version {
		return nil, fmt.Errorf("external: %s examines %q version %d, the subnet wants %q version %d", cfg.Endpoint, d.Kind, d.Version, p.Name, p.Version)
	}
	return c, c.Open(ctx, p.Params, cfg.Seed)
}

// Spec returns the expert for the registry.
func Spec() task.ExpertSpec {
	return task.ExpertSpec{
		Task:  Kind,
		Name:  "external",
		About: "another program; give its endpoint",
		New: func(ctx context.Context, cfg task.ExpertConfig) (task.Expert, error) {
			// An expert sees requests, never what is expected, so it may be on another
			// machine of the miner's.
			c, err := NewClient(cfg.Endpoint, ClientOptions{AllowRemote: true})
			if err != nil {
				return nil, err
			}
			return NewExpert(ctx, c)
		},
	}
}

const parametersSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "name": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$"},
    "version": {"type": "integer", "minimum": 1},
    "params": true
  },
  "required": ["name", "version"],
  "additionalProperties": false
}`
