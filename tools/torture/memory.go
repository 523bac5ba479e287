package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"gonum.org/v1/gonum/stat"

	"github.com/agon-chain/agon/localnet"
)

// memoryGrowth is by how much of its mean the memory of a kind of program may grow in the last two thirds of a run, along the straight line
// that fits best.
const memoryGrowth = 0.1

// memory watches what programs hold resident.
type memory struct {
	c    *cluster
	stop context.CancelFunc
	done chan struct{}

	// read after end
	at      []float64            // seconds since the start
	samples map[string][]float64 // MB of all programs of a kind together, at each of these times
	failure error
}

// kinds are the programs of a kind each.
func (c *cluster) kinds() map[string][]*localnet.Process {
	out := map[string][]*localnet.Process{"gateway": {c.Gateway().Process}}
	for _, node := range c.Nodes() {
		out["nodes"] = append(out["nodes"], node.Process)
	}
	for _, p := range c.Miners() {
		out["miners"] = append(out["miners"], p.Process)
	}
	for _, p := range c.Validators() {
		out["validators"] = append(out["validators"], p.Process)
	}
	return out
}

func (c *cluster) watchMemory(ctx context.Context, every time.Duration) *memory {
	ctx, stop := context.WithCancel(ctx)
	m := &memory{c: c, stop: stop, done: make(chan struct{}), samples: map[string][]float64{}}
	go m.run(ctx, every) // ends with stop; end waits for it
	return m
}

func (m *memory) run(ctx context.Context, every time.Duration) {
	defer close(m.done)
	start := time.Now()
	for {
		now := time.Since(start).Seconds()
		for kind, programs := range m.c.kinds() {
			mb, err := resident(ctx, programs)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				m.failure = err
				return
			}
			m.samples[kind] = append(m.samples[kind], mb)
		}
		m.at = append(m.at, now)
		if pause(ctx, every) != nil {
			return
		}
	}
}

// resident is what programs hold together, in MB.
func resident(ctx context.Context, programs []*localnet.Process) (sum float64, err error) {
	for _, p := range programs {
		proc, err := process.NewProcessWithContext(ctx, int32(p.PID()))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", p.Name, err)
		}
		info, err := proc.MemoryInfoWithContext(ctx)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", p.Name, err)
		}
		sum += float64(info.RSS) / 1e6
	}
	return sum, nil
}

func (m *memory) end() {
	m.stop()
	<-m.done
}

// memoryKinds in the order of reports.
var memoryKinds = []string{"nodes", "miners", "validators", "gateway"}

// trend is what a kind of program held in the last two thirds of the run: the mean, in MB, and by how much the straight line that fits best
// grows, in MB an hour and as a part of the mean over that time.
func (m *memory) trend(kind string) (mean, perHour, part float64) {
	from := len(m.at) / 3
	at := m.at[from:]
	mb := m.samples[kind][from : from+len(at)] // the last look may have ended midway
	if len(at) < 2 {
		return stat.Mean(mb, nil), 0, 0
	}
	_, slope := stat.LinearRegression(at, mb, nil, false)
	mean = stat.Mean(mb, nil)
	return mean, slope * 3600, slope * (at[len(at)-1] - at[0]) / mean
}

func (m *memory) String() string {
	var notes []string
	for _, kind := range memoryKinds {
		if len(m.at) == 0 {
			return "memory was not seen"
		}
		mean, perHour, _ := m.trend(kind)
		notes = append(notes, fmt.Sprintf("%s %.0f MB, %+.0f MB an hour", kind, mean, perHour))
	}
	return strings.Join(notes, ", ")
}

// judge fails where a kind of program grew by more than memoryGrowth, in runs of ten minutes and more: shorter ones see programs warm up.
func (m *memory) judge() error {
	if m.failure != nil {
		return fmt.Errorf("memory: %w", m.failure)
	}
	if len(m.at) == 0 || m.at[len(m.at)-1] < 600 {
		return nil
	}
	var wrong []error
	for _, kind := range memoryKinds {
		if _, _, part := m.trend(kind); part > memoryGrowth {
			wrong = append(wrong, fmt.Errorf("%w: memory of the %s grew by %.0f %% in the last two thirds of the run", errLoad, kind, 100*part))
		}
	}
	return errors.Join(wrong...)
}
