//go:build cgo

package hardware

import "github.com/NVIDIA/go-nvml/pkg/nvml"

// readings fills in what changes while a device runs, and how it is set up. A device that cannot tell one of them, as consumer cards and
// partitioned ones cannot, leaves it out.
func (n *NVIDIA) readings(d nvml.Device, a *Accelerator) {
	if n.knows("nvmlDeviceGetMigMode") {
		if mode, _, ret := d.GetMigMode(); ret == nvml.SUCCESS {
			on := mode == nvml.DEVICE_MIG_ENABLE
			a.MIG = &on
			if on {
				a.MIGInstances = instances(d)
			}
		}
	}
	if mode, _, ret := d.GetEccMode(); ret == nvml.SUCCESS {
		on := mode == nvml.FEATURE_ENABLED
		a.ECC = &on
		if errors, ret := d.GetTotalEccErrors(nvml.MEMORY_ERROR_TYPE_UNCORRECTED, nvml.VOLATILE_ECC); on && ret == nvml.SUCCESS {
			a.ECCErrors = &errors
		}
	}
	if c, ret := d.GetTemperature(nvml.TEMPERATURE_GPU); ret == nvml.SUCCESS {
		a.Temperature = &c
	}
	if u, ret := d.GetUtilizationRates(); ret == nvml.SUCCESS {
		a.Utilization, a.MemoryUtilization = &u.Gpu, &u.Memory
	}
}

// instances counts the parts that a device is split into.
func instances(d nvml.Device) *uint32 {
	most, ret := d.GetMaxMigDeviceCount()
	if ret != nvml.SUCCESS {
		return nil
	}
	var there uint32
	for i := range most {
		// The indexes of instances that were taken away stay empty.
		if _, ret := d.GetMigDeviceHandleByIndex(i); ret == nvml.SUCCESS {
			there++
		}
	}
	return &there
}

// confidential says whether the driver runs its devices in confidential computing.
func (n *NVIDIA) confidential() *bool {
	if !n.knows("nvmlSystemGetConfComputeState") {
		return nil
	}
	state, ret := n.lib.SystemGetConfComputeState()
	if ret != nvml.SUCCESS {
		return nil
	}
	on := state.CcFeature == nvml.CC_SYSTEM_FEATURE_ENABLED
	return &on
}

// knows says whether the driver's library has a function. To call one that an older library lacks would end the process.
func (n *NVIDIA) knows(function string) bool { return n.lib.Extensions().LookupSymbol(function) == nil }
