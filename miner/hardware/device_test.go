//go:build cgo

package hardware

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is read of this machine's devices is what NVIDIA's own program says of them. Needs a device.
func TestDevices(t *testing.T) {
	smi, err := exec.LookPath("nvidia-smi")
	if err != nil {
		t.Skip("no nvidia-smi in PATH: this machine has no NVIDIA device")
	}
	out, err := exec.Command(smi, "--query-gpu=name,uuid,memory.total,driver_version,ecc.mode.current,mig.mode.current,temperature.gpu", "--format=csv,noheader,nounits").Output()
	require.NoError(t, err)
	r := Local(context.Background())
	t.Logf("%s", r)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Equal(t, KindGPU, r.Kind, r.WhyNoGPU)
	require.Len(t, r.Accelerators, len(lines))
	require.NotEmpty(t, r.CUDA)
	for i, a := range r.Accelerators {
		t.Logf("%s", a)
		said := strings.Split(lines[i], ", ")
		require.Equal(t, said[0], a.Model)
		require.Equal(t, said[1], a.UUID)
		require.Equal(t, said[2], strconv.FormatUint(a.Memory>>20, 10), "MiB")
		require.Equal(t, said[3], r.Driver)
		for at, is := range map[int]*bool{4: a.ECC, 5: a.MIG} {
			if said[at] == "[N/A]" {
				continue
			}
			require.NotNil(t, is)
			require.Equal(t, said[at] == "Enabled", *is)
		}
		require.NotNil(t, a.MemoryUsed)
		require.LessOrEqual(t, *a.MemoryUsed, a.Memory)
		degrees, err := strconv.Atoi(said[6])
		require.NoError(t, err)
		require.NotNil(t, a.Temperature)
		require.InDelta(t, degrees, int(*a.Temperature), 15)
	}
}
