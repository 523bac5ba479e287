package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
)

// ErrOptions refuses an option.
var ErrOptions = errors.New("invalid options of expert gguf")

// Options are the expert's own, as JSON.
type Options struct {
	// File is the path of the GGUF file; required.
	File string `json:"file"`
	// Serves is what is served, as name@version. Empty: the one that the subnet allows, if it allows just one; else the file's own name of the
	// model, without a version.
	Serves string `json:"serves,omitempty"`
	// Root of the version's files as the chain has it, 64 hexadecimal digits; empty: the subnet's, if it pins one, else the SHA-256 of the
	// file stands in receipts.
	Root string `json:"root,omitempty"`
	// Template of conversations: plain, chatml or llama3. Empty: the file's.
	Template string `json:"template,omitempty"`
	// Concurrency is how many answers are computed at once, 1 to 256, each on one core. 0: the number of cores.
	Concurrency int `json:"concurrency,omitempty"`
	// Queue is how many requests wait for their turn, 1 to 100000; 0: 16. More are refused as overload.
	Queue int `json:"queue,omitempty"`
}

// decodeOptions reads options strictly and fills in the defaults. Errors: ErrOptions.
func decodeOptions(raw json.RawMessage) (Options, error) {
	var o Options
	if len(bytes.TrimSpace(raw)) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&o); err != nil {
			return Options{}, fmt.Errorf("%w: %w", ErrOptions, err)
		}
	}
	if o.File == "" {
		return Options{}, fmt.Errorf(`%w: file is empty; name the model with --expert-options '{"file":"model.gguf"}'`, ErrOptions)
	}
	if o.Concurrency == 0 {
		o.Concurrency = min(runtime.GOMAXPROCS(0), 256)
	}
	if o.Concurrency < 1 || o.Concurrency > 256 {
		return Options{}, fmt.Errorf("%w: concurrency is %d, want 1 to 256", ErrOptions, o.Concurrency)
	}
	if o.Queue == 0 {
		o.Queue = 16
	}
	if o.Queue < 1 || o.Queue > 100_000 {
		return Options{}, fmt.Errorf("%w: queue is %d, want 1 to 100000", ErrOptions, o.Queue)
	}
	return o, nil
}
