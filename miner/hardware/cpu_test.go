package hardware

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func TestProcCPU(t *testing.T) {
	x86 := "processor\t: 0\nmodel name\t: Example   CPU \x01@ 2.0GHz\n\nprocessor\t: 1\nmodel name\t: Other\n"
	meminfo := "MemTotal:       16384 kB\nMemFree: 1 kB\n"
	for _, tc := range []struct {
		name   string
		files  fstest.MapFS
		model  string
		memory uint64
		err    string
	}{
		{"plain", fstest.MapFS{"proc/cpuinfo": file(x86), "proc/meminfo": file(meminfo)}, "Example CPU @ 2.0GHz", 16 << 20, ""},
		{"limited-group", fstest.MapFS{"proc/cpuinfo": file(x86), "proc/meminfo": file(meminfo), "sys/fs/cgroup/memory.max": file("1048576\n")}, "Example CPU @ 2.0GHz", 1 << 20, ""},
		{"unlimited-group", fstest.MapFS{"proc/cpuinfo": file(x86), "proc/meminfo": file(meminfo), "sys/fs/cgroup/memory.max": file("max\n")}, "Example CPU @ 2.0GHz", 16 << 20, ""},
		{"long-model", fstest.MapFS{"proc/cpuinfo": file("model name: " + strings.Repeat("x", 500)), "proc/meminfo": file(meminfo)}, strings.Repeat("x", 128), 16 << 20, ""},
		{"no-cpuinfo", fstest.MapFS{"proc/meminfo": file(meminfo)}, "", 16 << 20, "read processor"},
		{"bad-meminfo", fstest.MapFS{"proc/cpuinfo": file(x86), "proc/meminfo": file("MemTotal: many kB\n")}, "Example CPU @ 2.0GHz", 0, "not a number of kB"},
		{"empty-meminfo", fstest.MapFS{"proc/cpuinfo": file(x86), "proc/meminfo": file("")}, "Example CPU @ 2.0GHz", 0, "no MemTotal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r Report
			err := NewCPUAt(tc.files, 4).Read(context.Background(), &r)
			if tc.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tc.err)
			}
			if tc.model != "" {
				require.Equal(t, tc.model, r.CPU.Model)
			}
			require.Equal(t, tc.memory, r.CPU.Memory)
			require.Equal(t, 4, r.CPU.Threads)
		})
	}
}

func TestLocalNeverFails(t *testing.T) {
	r := Local(context.Background())
	require.NotEmpty(t, r.CPU.Model)
	require.Positive(t, r.Summary().Count)
	if r.Kind == KindCPU {
		require.NotEmpty(t, r.WhyNoGPU, "a report without accelerators says why")
	}
}
