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
	Driver       string        `json:"driver,omitempty"`       // version of the accelerators' driver
	CUDA         string        `json:"cuda,omitempty"`         // newest CUDA version that the driver knows
	Confidential *bool         `json:"confidential,omitempty"` // confidential computing is on, for all accelerators of the machine
	CPU          CPU           `json:"cpu"`                    // always read
	WhyNoGPU     string        `json:"why_no_gpu,omitempty"`   // for kind "cpu"
	Incomplete   string        `json:"incomplete,omitempty"`   // what could not be read
}

// Accelerator is one GPU. What the driver could not tell is nil: 0 is a reading.
type Accelerator struct {
	Index      int     `json:"index"`
	Model      string  `json:"model"`
	UUID       string  `json:"uuid,omitempty"`
	Memory     uint64  `json:"memory"` // bytes
	MemoryUsed *uint64 `json:"memory_used,omitempty"`

	MIG          *bool   `json:"mig,omitempty"`           // split into instances
	MIGInstances *uint32 `json:"mig_instances,omitempty"` // of which there are now; only where MIG is on
	ECC          *bool   `json:"ecc,omitempty"`           // error correction is on
	ECCErrors    *uint64 `json:"ecc_errors,omitempty"`    // that could not be corrected, since the driver was loaded

	Temperature       *uint32 `json:"temperature,omitempty"`        // degrees Celsius
	Utilization       *uint32 `json:"utilization,omitempty"`        // per cent of the last second or less
	MemoryUtilization *uint32 `json:"memory_utilization,omitempty"` // per cent of the last second or less
}

// String is one line for people.
func (a Accelerator) String() string {
	parts := []string{a.Model, Bytes(a.Memory)}
	if a.MemoryUsed != nil {
		parts = append(parts, Bytes(*a.MemoryUsed)+" used")
	}
	if a.MIG != nil {
		s := "MIG " + onOff(*a.MIG)
		if a.MIGInstances != nil {
			s += fmt.Sprintf(" (%d instances)", *a.MIGInstances)
		}
		parts = append(parts, s)
	}
	if a.ECC != nil {
		s := "ECC " + onOff(*a.ECC)
		if a.ECCErrors != nil {
			s += fmt.Sprintf(" (%d uncorrected)", *a.ECCErrors)
		}
		parts = append(parts, s)
	}
	if a.Temperature != nil {
		parts = append(parts, fmt.Sprintf("%d C", *a.Temperature))
	}
	if a.Utilization != nil {
		parts = append(parts, fmt.Sprintf("%d %% busy", *a.Utilization))
	}
	return strings.Join(parts, ", ")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
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
	r.Kind, r.Accelerators, r.Driver, r.CUDA, r.Confidential, r.WhyNoGPU = KindCPU, nil, "", "", nil, oneLine(err)
	return r
}

// Local detects this machine's hardware.
func Local(ctx context.Context) Report { return Detect(ctx, NewCPU(), NewNVIDIA()) }

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
