package hardware

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// maxProcFile bounds what is read of one file of /proc: hundreds of threads fit.
const maxProcFile = 4 << 20

// ProcCPU reads the processor from Linux's /proc and the memory limit from its control group.
type ProcCPU struct {
	root    fs.FS // holds proc/ and sys/
	threads int
}

// NewCPU reads this machine.
func NewCPU() *ProcCPU { return &ProcCPU{root: os.DirFS("/"), threads: runtime.NumCPU()} }

// NewCPUAt reads a file system that holds proc/ and sys/, for a process that may run on so many threads.
func NewCPUAt(root fs.FS, threads int) *ProcCPU { return &ProcCPU{root: root, threads: threads} }

// Read fills in the CPU. On an error what could be read is there nevertheless.
func (c *ProcCPU) Read(_ context.Context, r *Report) error {
	r.CPU = CPU{Model: runtime.GOARCH, Threads: c.threads}
	model, err := c.model()
	if model != "" {
		r.CPU.Model = model
	}
	memory, memErr := c.memory()
	r.CPU.Memory = memory
	return errors.Join(err, memErr)
}

func (c *ProcCPU) open(name string) (*bufio.Scanner, error) {
	f, err := c.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxProcFile))
	if err != nil {
		return nil, err
	}
	return bufio.NewScanner(bytes.NewReader(b)), nil
}

// model is the first "model name" of x86, or what other architectures call it.
func (c *ProcCPU) model() (string, error) {
	lines, err := c.open("proc/cpuinfo")
	if err != nil {
		return "", fmt.Errorf("read processor: %w", err)
	}
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			continue
		}
		switch strings.TrimSpace(name) {
		case "model name", "Model", "cpu model", "uarch":
			if v := printable(value); v != "" {
				return v, nil
			}
		}
	}
	return "", nil
}

// memory is the machine's, or less where the control group allows less.
func (c *ProcCPU) memory() (uint64, error) {
	lines, err := c.open("proc/meminfo")
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	var total uint64
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "MemTotal:")
		if !ok {
			continue
		}
		kb, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 53)
		if err != nil {
			return 0, fmt.Errorf("read memory: MemTotal %.32q is not a number of kB", rest)
		}
		total = kb * 1024
	}
	if total == 0 {
		return 0, errors.New("read memory: proc/meminfo has no MemTotal")
	}
	for _, name := range []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		lines, err := c.open(name)
		if err != nil || !lines.Scan() {
			continue
		}
		// "max" is no number and no limit.
		if n, err := strconv.ParseUint(strings.TrimSpace(lines.Text()), 10, 64); err == nil && n > 0 {
			total = min(total, n)
		}
	}
	return total, nil
}

// Text brings words into what reports accept: printable, on one line, at most 128 bytes.
func Text(s string) string { return printable(s) }

// printable brings a name into what the chain accepts: printable text of at most 128 bytes, single spaces.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 128 {
		s = strings.TrimSpace(s[:128])
	}
	return s
}
