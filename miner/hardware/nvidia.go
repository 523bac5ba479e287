//go:build cgo

package hardware

import (
	"context"
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// maxAccelerators bounds how many are asked for.
const maxAccelerators = 1024

// NVIDIA reads accelerators through the driver's management library, which is looked for when it is first asked.
type NVIDIA struct{ lib nvml.Interface }

// NewNVIDIA reads this machine's accelerators. Without a driver, Read says so.
func NewNVIDIA() *NVIDIA { return &NVIDIA{nvml.New()} }

// NewNVIDIAWith reads through another library, such as NVIDIA's own mock.
func NewNVIDIAWith(lib nvml.Interface) *NVIDIA { return &NVIDIA{lib} }

// Read fills in accelerators and driver. Errors: ErrNone.
func (n *NVIDIA) Read(ctx context.Context, r *Report) error {
	if ret := n.lib.Init(); ret != nvml.SUCCESS {
		return none("start the NVIDIA management library", ret)
	}
	defer n.lib.Shutdown() //nolint:errcheck // nothing is left to be lost
	count, ret := n.lib.DeviceGetCount()
	if ret != nvml.SUCCESS {
		return none("count NVIDIA devices", ret)
	}
	if v, ret := n.lib.SystemGetDriverVersion(); ret == nvml.SUCCESS {
		r.Driver = printable(v)
	}
	if v, ret := n.lib.SystemGetCudaDriverVersion(); ret == nvml.SUCCESS {
		r.CUDA = fmt.Sprintf("%d.%d", v/1000, v%1000/10)
	}
	r.Confidential = n.confidential()
	var last error
	for i := range min(count, maxAccelerators) {
		if err := ctx.Err(); err != nil {
			return err
		}
		a, err := n.device(i)
		if err != nil {
			// One broken device does not hide the others.
			last = err
			r.Incomplete = oneLine(err)
			continue
		}
		r.Accelerators = append(r.Accelerators, a)
	}
	switch {
	case len(r.Accelerators) > 0:
		return nil
	case last != nil:
		return last
	}
	return fmt.Errorf("%w: the NVIDIA driver %s sees no device", ErrNone, r.Driver)
}

func (n *NVIDIA) device(i int) (Accelerator, error) {
	d, ret := n.lib.DeviceGetHandleByIndex(i)
	if ret != nvml.SUCCESS {
		return Accelerator{}, none(fmt.Sprintf("open NVIDIA device %d", i), ret)
	}
	name, ret := d.GetName()
	if ret != nvml.SUCCESS {
		return Accelerator{}, none(fmt.Sprintf("name NVIDIA device %d", i), ret)
	}
	memory, ret := d.GetMemoryInfo()
	if ret != nvml.SUCCESS {
		return Accelerator{}, none(fmt.Sprintf("memory of NVIDIA device %d", i), ret)
	}
	a := Accelerator{Index: i, Model: printable(name), Memory: memory.Total, MemoryUsed: &memory.Used}
	if uuid, ret := d.GetUUID(); ret == nvml.SUCCESS {
		a.UUID = printable(uuid)
	}
	n.readings(d, &a)
	return a, nil
}

func none(what string, ret nvml.Return) error {
	switch ret {
	case nvml.ERROR_LIBRARY_NOT_FOUND:
		return fmt.Errorf("%w: no NVIDIA driver is installed (libnvidia-ml.so.1 not found)", ErrNone)
	case nvml.ERROR_DRIVER_NOT_LOADED:
		return fmt.Errorf("%w: the NVIDIA driver is installed but not loaded", ErrNone)
	case nvml.ERROR_NO_PERMISSION:
		return fmt.Errorf("%w: %s: no permission; run as a user that may open /dev/nvidia*", ErrNone, what)
	}
	return fmt.Errorf("%w: %s: %s", ErrNone, what, ret.Error())
}
