package hardware

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kinds of a report.
const (
	KindCPU = "cpu"
	KindGPU = "gpu"
)

// ErrNone says that there is no hardware of the reader's kind, and why.
var ErrNone = errors.New("no accelerator")

// Report is what one machine says of itself.
type Report struct {
	Kind         string        `json:"kind"` // "cpu" or "gpu"
	Accelerators []Accelerator `json:"accelerators,omitempty"`
	Driver       string        `json:"driver,omitempty"`     // version of the accelerators' driver
	CUDA         string        `json:"cuda,omitempty"`       // newest CUDA version that the driver knows
	CPU          CPU           `json:"cpu"`                  // always read
	WhyNoGPU     string        `json:"why_no_gpu,omitempty"` // for kind "cpu"
	Incomplete   string        `json:"incomplete,omitempty"` // what could not be read
}

// Accelerator is one GPU.
type Accelerator struct {
	Index  int    `json:"index"`
	Model  string `json:"model"`
	UUID   string `json:"uuid,omitempty"`
	Memory uint64 `json:"memory"` // bytes
}

// CPU is the processor and the memory that this process may use.
type CPU struct {
	Model   string `json:"model"`
	Threads int    `json:"threads"`
	Memory  uint64 `json:"memory"` // bytes; 0: unknown
}

// Summary is what fits on the chain: of accelerators the model that there are most of.
type Summary struct {
	Kind   string
	Model  string
	Count  int
	Memory uint64 // bytes, of one accelerator or of the machine
}

// Summary sums the report up.
func (r Report) Summary() Summary {
	if r.Kind != KindGPU || len(r.Accelerators) == 0 {
		return Summary{Kind: KindCPU, Model: r.CPU.Model, Count: r.CPU.Threads, Memory: r.CPU.Memory}
	}
	best := Summary{}
	for _, a := range r.Accelerators {
		s := Summary{Kind: KindGPU, Model: a.Model}
		for _, b := range r.Accelerators {
			if b.Model != a.Model {
				continue
			}
			s.Count++
			// Partitions and other users aside, the least is what every one of them has.
			if s.Memory == 0 || b.Memory < s.Memory {
				s.Memory = b.Memory
			}
		}
		if s.Count > best.Count {
			best = s
		}
	}
	return best
}

// String is one line for people.
func (r Report) String() string {
	s := r.Summary()
	line := fmt.Sprintf("%s: %d x %s, %s", s.Kind, s.Count, s.Model, Bytes(s.Memory))
	if r.Driver != "" {
		line += ", driver " + r.Driver
	}
	if r.WhyNoGPU != "" {
		line += " (" + r.WhyNoGPU + ")"
	}
	return line
}

// Bytes spells a size in binary units.
func Bytes(n uint64) string {
	switch {
	case n == 0:
		return "memory unknown"
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// Reader fills in its part of a report. A machine without the reader's hardware is ErrNone.
type Reader interface {
	Read(ctx context.Context, r *Report) error
}

// Detect reads the processor and, where there are any, the accelerators. It never fails: what is missing is said in the report.
func Detect(ctx context.Context, cpu, gpu Reader) Report {
	r := Report{Kind: KindCPU}
	if err := cpu.Read(ctx, &r); err != nil {
		r.Incomplete = oneLine(err)
	}
	err := gpu.Read(ctx, &r)
	if err == nil && len(r.Accelerators) > 0 {
		r.Kind = KindGPU
		return r
	}
	if err == nil {
		err = ErrNone
	}
	r.Kind, r.Accelerators, r.Driver, r.CUDA, r.WhyNoGPU = KindCPU, nil, "", "", oneLine(err)
	return r
}

// Local detects this machine's hardware.
func Local(ctx context.Context) Report { return Detect(ctx, NewCPU(), NewNVIDIA()) }

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
