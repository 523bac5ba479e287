package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agon-chain/agon/task"
)

// Task returns the task for the registry. It needs no material: questions are made.
func Task() task.Task {
	return task.Task{
		Descriptor: Descriptor(),
		NewExaminer: func(_ context.Context, cfg task.ExaminerConfig) (task.Examiner, error) {
			p, err := DecodeParams(cfg.Params)
			if err != nil {
				return nil, err
			}
			return NewExaminer(p, cfg.Seed), nil
		},
		HeldOut: func(_ context.Context, cfg task.ExaminerConfig, n int) (task.Exam, error) {
			p, err := DecodeParams(cfg.Params)
			if err != nil {
				return task.Exam{}, err
			}
			return NewExam(p, cfg.Seed, n)
		},
	}
}

// Descriptor returns the public face of the task.
func Descriptor() task.Descriptor {
	defaults, err := json.Marshal(DefaultParams())
	if err != nil {
		panic(err) // a struct of strings and integers always encodes
	}
	return task.Descriptor{
		Kind:             Kind,
		Version:          Version,
		Title:            "Chat: answer a conversation with a language model",
		Route:            Route,
		Request:          json.RawMessage(fmt.Sprintf(requestSchema, MaxModelBytes, MaxMessages, MaxTokensCeiling, MaxTemperature, MaxTopK, MaxStopBytes, MaxStops, MaxTopLogprobs)),
		Response:         json.RawMessage(responseSchema),
		Parameters:       json.RawMessage(fmt.Sprintf(parametersSchema, MaxModels, MaxContext, MaxTokensCeiling)),
		Defaults:         defaults,
		MaxRequestBytes:  MaxRequestBytes,
		MaxResponseBytes: MaxResponseBytes,
		Deadline:         30 * time.Second,
		Hardware: task.Hardware{
			CPUCores:    4,
			MemoryBytes: 16 << 30,
			GPU:         true,
			GPUBytes:    16 << 30,
			Note:        "what the model's server wants; a model of a few million parameters runs on one CPU",
		},
	}
}

const requestSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "model": {"type": "string", "maxLength": %[1]d, "description": "name@version, the root of its files in 64 hexadecimal digits, the name alone, or nothing; another than the one served is refused with code model_not_served"},
    "messages": {
      "type": "array", "minItems": 1, "maxItems": %[2]d,
      "items": {
        "type": "object",
        "properties": {
          "role": {"enum": ["system", "developer", "user", "assistant"]},
          "content": {"anyOf": [
            {"type": "string"},
            {"type": "array", "items": {
              "type": "object",
              "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
              "required": ["type", "text"],
              "additionalProperties": false
            }}
          ]},
          "name": {"type": "string", "maxLength": 64},
          "refusal": {"type": "null"}, "audio": {"type": "null"}, "tool_calls": {"type": "null"}, "function_call": {"type": "null"}
        },
        "required": ["role", "content"],
        "additionalProperties": false
      }
    },
    "max_tokens": {"type": "integer", "minimum": 1, "maximum": %[3]d, "description": "at most the subnet's max_tokens, which is the default"},
    "max_completion_tokens": {"type": "integer", "minimum": 1, "maximum": %[3]d, "description": "another name of max_tokens"},
    "temperature": {"type": "number", "minimum": 0, "maximum": %[4]d, "default": 1},
    "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1},
    "top_k": {"type": "integer", "minimum": -1, "maximum": %[5]d, "default": 0, "description": "0 and -1: no bound"},
    "seed": {"type": "integer", "description": "64 bits, signed"},
    "stop": {"anyOf": [
      {"type": "string", "minLength": 1, "maxLength": %[6]d},
      {"type": "array", "maxItems": %[7]d, "items": {"type": "string", "minLength": 1, "maxLength": %[6]d}}
    ]},
    "logprobs": {"type": "boolean", "default": false},
    "top_logprobs": {"type": "integer", "minimum": 0, "maximum": %[8]d, "description": "with logprobs only"},
    "stream": {"type": "boolean", "default": false},
    "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}, "additionalProperties": false, "description": "with stream only; usage comes anyway"},
    "n": {"const": 1},
    "user": {"type": "string", "maxLength": %[1]d, "description": "not looked at"}
  },
  "required": ["messages"],
  "additionalProperties": false
}`

const responseSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "id": {"type": "string"},
    "object": {"const": "chat.completion"},
    "created": {"type": "integer"},
    "model": {"type": "string", "description": "name@version of what answered"},
    "choices": {
      "type": "array", "minItems": 1, "maxItems": 1,
      "items": {
        "type": "object",
        "properties": {
          "index": {"const": 0},
          "message": {"type": "object", "properties": {"role": {"const": "assistant"}, "content": {"type": "string"}}, "required": ["role", "content"]},
          "logprobs": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"content": {"type": "array"}}, "required": ["content"]}]},
          "finish_reason": {"enum": ["stop", "length"]}
        },
        "required": ["index", "message", "finish_reason"]
      }
    },
    "usage": {
      "type": "object",
      "properties": {
        "prompt_tokens": {"type": "integer", "minimum": 1},
        "completion_tokens": {"type": "integer", "minimum": 0},
        "total_tokens": {"type": "integer"}
      },
      "required": ["prompt_tokens", "completion_tokens", "total_tokens"]
    }
  },
  "required": ["id", "object", "created", "model", "choices", "usage"]
}`

const parametersSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "models": {
      "type": "array", "maxItems": %d, "description": "that may be served; none: any",
      "items": {
        "type": "object",
        "properties": {
          "pin": {"type": "string", "pattern": "^[^ ]+@[^ @]+$"},
          "root": {"type": "string", "pattern": "^([0-9a-f]{64})?$", "description": "of the version's files, as the chain has it"}
        },
        "required": ["pin"],
        "additionalProperties": false
      }
    },
    "max_context": {"type": "integer", "minimum": 16, "maximum": %d},
    "max_tokens": {"type": "integer", "minimum": 1, "maximum": %d}
  },
  "additionalProperties": false
}`
