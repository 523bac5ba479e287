//go:build cgo

package hardware

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxa100"
	"github.com/stretchr/testify/require"
)

func machine() *ProcCPU {
	return NewCPUAt(fstest.MapFS{"proc/cpuinfo": file("model name: Host\n"), "proc/meminfo": file("MemTotal: 1024 kB\n")}, 2)
}

func TestNVIDIA(t *testing.T) {
	ctx := context.Background()

	t.Run("eight-devices", func(t *testing.T) {
		r := Detect(ctx, machine(), NewNVIDIAWith(dgxa100.New()))
		require.Equal(t, KindGPU, r.Kind)
		require.Len(t, r.Accelerators, 8)
		require.Equal(t, "550.54.15", r.Driver)
		require.Equal(t, "12.4", r.CUDA)
		require.Empty(t, r.WhyNoGPU)
		require.Equal(t, Summary{Kind: KindGPU, Model: "Mock NVIDIA A100-SXM4-40GB", Count: 8, Memory: 40 << 30}, r.Summary())
		require.NotEqual(t, r.Accelerators[0].UUID, r.Accelerators[1].UUID)
	})

	for _, tc := range []struct {
		name string
		ret  nvml.Return
		want string
	}{
		{"no-driver", nvml.ERROR_LIBRARY_NOT_FOUND, "no NVIDIA driver is installed"},
		{"driver-not-loaded", nvml.ERROR_DRIVER_NOT_LOADED, "not loaded"},
		{"no-permission", nvml.ERROR_NO_PERMISSION, "no permission"},
		{"unknown", nvml.ERROR_UNKNOWN, "ERROR_UNKNOWN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lib := dgxa100.New()
			lib.InitFunc = func() nvml.Return { return tc.ret }
			require.ErrorIs(t, NewNVIDIAWith(lib).Read(ctx, &Report{}), ErrNone)
			r := Detect(ctx, machine(), NewNVIDIAWith(lib))
			require.Equal(t, KindCPU, r.Kind)
			require.Contains(t, r.WhyNoGPU, tc.want)
			require.Equal(t, Summary{Kind: KindCPU, Model: "Host", Count: 2, Memory: 1 << 20}, r.Summary())
		})
	}

	t.Run("one-broken-device", func(t *testing.T) {
		lib := dgxa100.New()
		lib.Devices[3].(*dgxa100.Device).GetNameFunc = func() (string, nvml.Return) { return "", nvml.ERROR_GPU_IS_LOST }
		r := Detect(ctx, machine(), NewNVIDIAWith(lib))
		require.Len(t, r.Accelerators, 7)
		require.Contains(t, r.Incomplete, "device 3")
	})

	t.Run("no-device", func(t *testing.T) {
		lib := dgxa100.New()
		lib.DeviceGetCountFunc = func() (int, nvml.Return) { return 0, nvml.SUCCESS }
		r := Detect(ctx, machine(), NewNVIDIAWith(lib))
		require.Equal(t, KindCPU, r.Kind)
		require.Contains(t, r.WhyNoGPU, "sees no device")
		require.Empty(t, r.Driver)
	})

	t.Run("mixed-devices", func(t *testing.T) {
		r := Report{Kind: KindGPU, Accelerators: []Accelerator{{Model: "A", Memory: 1}, {Model: "B", Memory: 5}, {Model: "B", Memory: 4}}}
		require.Equal(t, Summary{Kind: KindGPU, Model: "B", Count: 2, Memory: 4}, r.Summary())
	})
}
