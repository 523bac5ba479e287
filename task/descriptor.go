package task

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sort"
	"strings"
	"time"
)

// Descriptor is the public face of a task.
type Descriptor struct {
	// Kind names the task on chain, such as "langid". Lower case letters, digits
	// and hyphens, at most 32 bytes.
	Kind string `json:"kind"`
	// Version rises when questions or judging change so that scores of the two
	// versions cannot be compared.
	Version uint32 `json:"version"`
	// Title is one line for people.
	Title string `json:"title"`
	// Route is the HTTP path that miners serve; the method is POST.
	Route string `json:"route"`
	// Request and Response are JSON Schemas (2020-12) of the bodies.
	Request  json.RawMessage `json:"request"`
	Response json.RawMessage `json:"response"`
	// Parameters is the JSON Schema of the subnet's parameters, Defaults a value
	// that fits it. Parameters that a subnet leaves out take the default.
	Parameters json.RawMessage `json:"parameters"`
	Defaults   json.RawMessage `json:"defaults"`
	// MaxRequestBytes bounds a request body.
	MaxRequestBytes int64 `json:"max_request_bytes"`
	// MaxResponseBytes bounds a response body; a longer one is judged malformed.
	MaxResponseBytes int64 `json:"max_response_bytes"`
	// Deadline is the time after which an answer counts as slow, in nanoseconds.
	Deadline time.Duration `json:"deadline"`
	// Hardware is what a typical expert wants.
	Hardware Hardware `json:"hardware"`
}

// Hardware is what an expert of a task wants; it is advice, not a check.
type Hardware struct {
	CPUCores    int    `json:"cpu_cores"`
	MemoryBytes int64  `json:"memory_bytes"`
	GPU         bool   `json:"gpu"`
	GPUBytes    int64  `json:"gpu_bytes,omitempty"`
	Note        string `json:"note,omitempty"`
}

// Validate reports the first field that is out of its bounds.
func (d Descriptor) Validate() error {
	if !ValidKind(d.Kind) {
		return fmt.Errorf("descriptor: kind %q: want 1 to 32 of a-z, 0-9, hyphen, starting with a letter", d.Kind)
	}
	if d.Version == 0 {
		return fmt.Errorf("descriptor %s: version 0: start at 1", d.Kind)
	}
	if !strings.HasPrefix(d.Route, "/") {
		return fmt.Errorf("descriptor %s: route %q: want a path that starts with /", d.Kind, d.Route)
	}
	if d.MaxRequestBytes <= 0 || d.MaxResponseBytes <= 0 || d.Deadline <= 0 {
		return fmt.Errorf("descriptor %s: max_request_bytes %d, max_response_bytes %d, deadline %s: all must be positive",
			d.Kind, d.MaxRequestBytes, d.MaxResponseBytes, d.Deadline)
	}
	for _, f := range []struct {
		name string
		raw  json.RawMessage
	}{{"request", d.Request}, {"response", d.Response}, {"parameters", d.Parameters}, {"defaults", d.Defaults}} {
		if !json.Valid(f.raw) {
			return fmt.Errorf("descriptor %s: %s is not JSON", d.Kind, f.name)
		}
	}
	return nil
}

// ValidKind reports whether kind may name a task.
func ValidKind(kind string) bool {
	if kind == "" || len(kind) > 32 || kind[0] < 'a' || kind[0] > 'z' {
		return false
	}
	for _, c := range []byte(kind) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Task is one registered kind of expertise, without its experts: a validator
// that imports it must not carry the experts' models in its binary.
type Task struct {
	Descriptor
	// NewExaminer opens the material and makes an examiner.
	NewExaminer func(ctx context.Context, cfg ExaminerConfig) (Examiner, error)
	// HeldOut makes about n questions from the material that no examiner asks
	// from. Nil where the task has none. cfg.Seed decides which.
	HeldOut func(ctx context.Context, cfg ExaminerConfig, n int) (Exam, error)
}

// Exam is a fixed set of questions and who judges them.
type Exam struct {
	Questions []Question
	Judge     Judge
}

// ExaminerConfig is what a validator knows when it makes an examiner.
type ExaminerConfig struct {
	// Params are the subnet's parameters from the chain; empty means defaults.
	Params json.RawMessage
	// Seed is secret to the validator: who knows it can foretell questions.
	Seed [32]byte
	// DataDir is a local folder with the material, in the layout that the task
	// documents. Empty where the task needs none.
	DataDir string
	// Endpoint is the base URL of an external examiner, for tasks that use one.
	Endpoint string
	// Options are the examiner's own, from the validator's configuration; may be empty.
	Options json.RawMessage
	// Root finds what a version of a model is pinned by; nil where the program cannot.
	Root RootFunc
}

// RootFunc is the root of a file, or of all files of a folder, as a registry of models has it. It may read gigabytes.
type RootFunc func(ctx context.Context, path string) ([32]byte, error)

// ExpertSpec is one registered way to answer a task's questions.
type ExpertSpec struct {
	Task  string // kind of the task
	Name  string // such as "lingua-high"
	About string // one line for people
	// Dishonest experts exist to test a network. A miner must refuse them unless
	// it is told in so many words that this is a test.
	Dishonest bool
	// New loads the expert; it may take seconds and gigabytes.
	New func(ctx context.Context, cfg ExpertConfig) (Expert, error)
}

// ExpertConfig is what a miner knows when it makes an expert.
type ExpertConfig struct {
	// Params are the subnet's parameters from the chain; empty means defaults.
	Params json.RawMessage
	// Options are the expert's own, from the miner's configuration; may be empty.
	Options json.RawMessage
	// Endpoint is the base URL of a backend, for experts that use one.
	Endpoint string
	// Root finds what a version of a model is pinned by; nil where the program cannot.
	Root RootFunc
	// Log is where an expert tells its operator what it found and what failed; nil: nowhere.
	Log *slog.Logger
}

// Find returns the task of that kind, or ErrUnknownTask with the known kinds.
func Find(tasks []Task, kind string) (Task, error) {
	known := make([]string, 0, len(tasks))
	for _, t := range tasks {
		if t.Kind == kind {
			return t, nil
		}
		known = append(known, t.Kind)
	}
	sort.Strings(known)
	return Task{}, fmt.Errorf("%w %q: this program knows %s", ErrUnknownTask, kind, strings.Join(known, ", "))
}

// FindExpert returns the expert of that name for the task of that kind, or
// ErrUnknownExpert with the names that the task has.
func FindExpert(specs []ExpertSpec, kind, name string) (ExpertSpec, error) {
	var known []string
	for _, s := range specs {
		if s.Task != kind {
			continue
		}
		if s.Name == name {
			return s, nil
		}
		known = append(known, s.Name)
	}
	sort.Strings(known)
	return ExpertSpec{}, fmt.Errorf("%w %q for task %q: this program has %s", ErrUnknownExpert, name, kind, strings.Join(known, ", "))
}
