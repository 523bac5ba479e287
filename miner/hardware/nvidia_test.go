//go:build cgo

package hardware

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxa100"
	"github.com/stretchr/testify/require"
)

func machine() *ProcCPU {
	return NewCPUAt(fstest.MapFS{"proc/cpuinfo": file("model name: Host\n"), "proc/meminfo": file("MemTotal: 1024 kB\n")}, 2)
}

// dgx is NVIDIA's mock of a machine with eight devices. It has no readings of its own; each device gets some.
func dgx() *dgxa100.Server {
	lib := dgxa100.New()
	lib.SystemGetConfComputeStateFunc = func() (nvml.ConfComputeSystemState, nvml.Return) {
		return nvml.ConfComputeSystemState{CcFeature: nvml.CC_SYSTEM_FEATURE_ENABLED}, nvml.SUCCESS
	}
	for i, d := range lib.Devices {
		d := d.(*dgxa100.Device)
		d.MemoryInfo.Used = uint64(i) << 30
		d.GetEccModeFunc = func() (nvml.EnableState, nvml.EnableState, nvml.Return) {
			return nvml.FEATURE_ENABLED, nvml.FEATURE_ENABLED, nvml.SUCCESS
		}
		d.GetTotalEccErrorsFunc = func(nvml.MemoryErrorType, nvml.EccCounterType) (uint64, nvml.Return) { return uint64(i), nvml.SUCCESS }
		d.GetTemperatureFunc = func(nvml.TemperatureSensors) (uint32, nvml.Return) { return 40 + uint32(i), nvml.SUCCESS }
		d.GetUtilizationRatesFunc = func() (nvml.Utilization, nvml.Return) {
			return nvml.Utilization{Gpu: 10 * uint32(i), Memory: uint32(i)}, nvml.SUCCESS
		}
	}
	return lib
}

func ptr[T any](v T) *T { return &v }

func TestReadings(t *testing.T) {
	read := func(lib nvml.Interface) Report { return Detect(context.Background(), machine(), NewNVIDIAWith(lib)) }
	t.Run("all", func(t *testing.T) {
		r := read(dgx())
		require.Equal(t, ptr(true), r.Confidential)
		a := r.Accelerators[3]
		a.UUID = ""
		require.Equal(t, Accelerator{
			Index: 3, Model: "Mock NVIDIA A100-SXM4-40GB", Memory: 40 << 30, MemoryUsed: ptr(uint64(3 << 30)), MIG: ptr(false), ECC: ptr(true), ECCErrors: ptr(uint64(3)),
			Temperature: ptr(uint32(43)), Utilization: ptr(uint32(30)), MemoryUtilization: ptr(uint32(3)),
		}, a)
		require.Equal(t, "Mock NVIDIA A100-SXM4-40GB, 40.0 GiB, 3.0 GiB used, MIG off, ECC on (3 uncorrected), 43 C, 30 % busy", a.String())
		require.Equal(t, ptr(uint32(0)), r.Accelerators[0].Utilization, "an idle device is not one that cannot tell")
	})
	t.Run("split", func(t *testing.T) {
		lib := dgx()
		d := lib.Devices[0].(*dgxa100.Device)
		_, ret := d.SetMigMode(nvml.DEVICE_MIG_ENABLE)
		require.Equal(t, nvml.SUCCESS, ret)
		d.GetMaxMigDeviceCountFunc = func() (int, nvml.Return) { return 7, nvml.SUCCESS }
		d.GetMigDeviceHandleByIndexFunc = func(i int) (nvml.Device, nvml.Return) {
			if i == 1 || i == 4 {
				return d, nvml.SUCCESS
			}
			return nil, nvml.ERROR_NOT_FOUND
		}
		// What a partitioned device answers about itself as a whole.
		d.GetUtilizationRatesFunc = func() (nvml.Utilization, nvml.Return) { return nvml.Utilization{}, nvml.ERROR_NOT_SUPPORTED }
		a := read(lib).Accelerators[0]
		require.Equal(t, ptr(true), a.MIG)
		require.Equal(t, ptr(uint32(2)), a.MIGInstances)
		require.Nil(t, a.Utilization)
		require.Nil(t, a.MemoryUtilization)
	})
	t.Run("consumer-card", func(t *testing.T) {
		lib := dgx()
		d := lib.Devices[0].(*dgxa100.Device)
		d.GetMigModeFunc = func() (int, int, nvml.Return) { return 0, 0, nvml.ERROR_NOT_SUPPORTED }
		d.GetEccModeFunc = func() (nvml.EnableState, nvml.EnableState, nvml.Return) { return 0, 0, nvml.ERROR_NOT_SUPPORTED }
		a := read(lib).Accelerators[0]
		require.Nil(t, a.MIG)
		require.Nil(t, a.ECC)
		require.NotNil(t, a.Temperature)
	})
	t.Run("old-driver", func(t *testing.T) {
		lib := dgx()
		lib.LookupSymbolFunc = func(string) error { return errors.New("undefined symbol") }
		// To call what the library lacks ends the process; the mock's functions would panic.
		lib.SystemGetConfComputeStateFunc = nil
		for _, d := range lib.Devices {
			d.(*dgxa100.Device).GetMigModeFunc = nil
		}
		r := read(lib)
		require.Len(t, r.Accelerators, 8)
		require.Nil(t, r.Confidential)
		require.Nil(t, r.Accelerators[0].MIG)
	})
}

func TestNVIDIA(t *testing.T) {
	ctx := context.Background()

	t.Run("eight-devices", func(t *testing.T) {
		r := Detect(ctx, machine(), NewNVIDIAWith(dgx()))
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
			lib := dgx()
			lib.InitFunc = func() nvml.Return { return tc.ret }
			require.ErrorIs(t, NewNVIDIAWith(lib).Read(ctx, &Report{}), ErrNone)
			r := Detect(ctx, machine(), NewNVIDIAWith(lib))
			require.Equal(t, KindCPU, r.Kind)
			require.Contains(t, r.WhyNoGPU, tc.want)
			require.Equal(t, Summary{Kind: KindCPU, Model: "Host", Count: 2, Memory: 1 << 20}, r.Summary())
		})
	}

	t.Run("one-broken-device", func(t *testing.T) {
		lib := dgx()
		lib.Devices[3].(*dgxa100.Device).GetNameFunc = func() (string, nvml.Return) { return "", nvml.ERROR_GPU_IS_LOST }
		r := Detect(ctx, machine(), NewNVIDIAWith(lib))
		require.Len(t, r.Accelerators, 7)
		require.Contains(t, r.Incomplete, "device 3")
	})

	t.Run("no-device", func(t *testing.T) {
		lib := dgx()
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
