package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agon-chain/agon/task/chat/openai/backend"
)

// Options are the expert's own, as JSON.
type Options struct {
	// Serves is what is served, as name@version. Empty: the one that the subnet allows, if it allows just one; else the backends' own name of
	// the model, without a version.
	Serves string `json:"serves,omitempty"`
	// Root of the version's files as the chain has it, 64 hexadecimal digits; empty: the subnet's, if it pins one.
	Root string `json:"root,omitempty"`
	// Backends are the servers. None: one, at the miner's expert-endpoint.
	Backends []backend.Config `json:"backends,omitempty"`
	// Queue is how many requests wait for a server, 1 to 100000; 0: 64. More are refused as overload.
	Queue int `json:"queue,omitempty"`
	// Times in milliseconds, up to an hour; 0: the default of backend.Limits.
	QueueWaitMS  int64 `json:"queue_wait_ms,omitempty"`  // longest wait for a server; 5000
	ConnectMS    int64 `json:"connect_ms,omitempty"`     // to connect; 5000
	FirstByteMS  int64 `json:"first_byte_ms,omitempty"`  // to an answer, or to the first event of a stream; 120000
	StallMS      int64 `json:"stall_ms,omitempty"`       // between two events; 30000
	ProbeEveryMS int64 `json:"probe_every_ms,omitempty"` // between two looks at a server; 10000
	LeaveAloneMS int64 `json:"leave_alone_ms,omitempty"` // a server that failed three times in a row; 10000
}

// decodeOptions reads options strictly. Its errors are backend.ErrConfig.
func decodeOptions(raw json.RawMessage, endpoint string) (Options, error) {
	var o Options
	if len(bytes.TrimSpace(raw)) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&o); err != nil {
			return Options{}, fmt.Errorf("%w: options: %w", backend.ErrConfig, err)
		}
	}
	if len(o.Backends) == 0 {
		if endpoint == "" {
			return Options{}, fmt.Errorf(`%w: no backend; give its URL with --expert-endpoint http://127.0.0.1:8000/v1, or several with --expert-options '{"backends":[{"url":"..."}]}'`, backend.ErrConfig)
		}
		o.Backends = []backend.Config{{URL: endpoint}}
	} else if endpoint != "" {
		return Options{}, fmt.Errorf("%w: backends stand in the options and one in expert-endpoint; use one of the two", backend.ErrConfig)
	}
	if o.Queue < 0 || o.Queue > 100_000 {
		return Options{}, fmt.Errorf("%w: queue is %d, want 0 to 100000", backend.ErrConfig, o.Queue)
	}
	for _, f := range []struct {
		name string
		ms   int64
	}{
		{"queue_wait_ms", o.QueueWaitMS},
		{"connect_ms", o.ConnectMS},
		{"first_byte_ms", o.FirstByteMS},
		{"stall_ms", o.StallMS},
		{"probe_every_ms", o.ProbeEveryMS},
		{"leave_alone_ms", o.LeaveAloneMS},
	} {
		if most := time.Hour.Milliseconds(); f.ms < 0 || f.ms > most {
			return Options{}, fmt.Errorf("%w: %s is %d, want 0 to %d", backend.ErrConfig, f.name, f.ms, most)
		}
	}
	return o, nil
}

func (o Options) limits() backend.Limits {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	return backend.Limits{
		Queue: o.Queue, QueueWait: ms(o.QueueWaitMS), Connect: ms(o.ConnectMS), FirstByte: ms(o.FirstByteMS), Stall: ms(o.StallMS),
		ProbeEvery: ms(o.ProbeEveryMS), LeaveAlone: ms(o.LeaveAloneMS),
	}
}
