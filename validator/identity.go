package validator

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
)

// identity is what is known of one neuron's hardware when places are given.
type identity struct {
	neuron  chain.Neuron
	devices []string // attested of late; empty: none
	why     string   // why there are none
	unasked bool     // this validator never had its hardware answer a challenge
}

// holds says who is held back: one paid place for each attested device, and so many for each owner. Whoever registered first has the place, so that
// all validators find the same; who is held back takes none. Whose hardware was never asked is not blamed for having said nothing: a subnet that begins to
// require it, shortly before weights are due, would take everybody's pay. The order does not depend on scores: an owner whose first uid earns nothing gives it up.
func holds(a task.Attestation, all []identity) map[task.MinerID]task.Hold {
	if !a.On() {
		return nil
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(x, y identity) int {
		return cmp.Or(cmp.Compare(x.neuron.RegisteredAt, y.neuron.RegisteredAt), cmp.Compare(x.neuron.UID, y.neuron.UID))
	})
	out := map[task.MinerID]task.Hold{}
	places := map[string]uint16{}
	owners := map[string][]uint16{}
	for _, i := range all {
		hold := func(g task.Gate, format string, args ...any) {
			out[task.MinerID(i.neuron.Hotkey)] = task.Hold{Gate: g, Why: fmt.Sprintf(format, args...)}
		}
		if len(i.devices) == 0 && a.Mode == task.AttestationRequired && !i.unasked {
			hold(task.GateAttestation, "no attested hardware: %s", i.why)
			continue
		}
		if at := slices.IndexFunc(i.devices, func(d string) bool { _, taken := places[d]; return taken }); at >= 0 {
			d := i.devices[at]
			hold(task.GateDevice, "device %s is at uid %d, which registered before", deviceName(d), places[d])
			continue
		}
		if others := owners[i.neuron.Owner]; a.SlotsPerOwner > 0 && len(others) >= a.SlotsPerOwner {
			hold(task.GateOwner, "its owner has uid %v, and one owner is paid for %d", others, a.SlotsPerOwner)
			continue
		}
		for _, d := range i.devices {
			places[d] = i.neuron.UID
		}
		owners[i.neuron.Owner] = append(owners[i.neuron.Owner], i.neuron.UID)
	}
	return out
}

// deviceName shortens a device's id: enough to tell devices apart in a log.
func deviceName(id string) string {
	const shown = 16
	if len(id) <= shown {
		return id
	}
	return "…" + id[len(id)-shown:]
}
