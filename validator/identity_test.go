package validator_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/verify/attest"
)

func neuron(uid uint16, registered int64, owner string) chain.Neuron {
	return chain.Neuron{UID: uid, Hotkey: string(rune('a' + uid)), Owner: owner, RegisteredAt: registered}
}

func gates(h map[task.MinerID]task.Hold) map[string]task.Gate {
	out := map[string]task.Gate{}
	for m, hold := range h {
		out[string(m)] = hold.Gate
	}
	return out
}

func TestOnePlaceForEachDeviceAndOwner(t *testing.T) {
	type m = map[string]task.Gate
	required := task.Attestation{Mode: task.AttestationRequired, SlotsPerOwner: 1}
	optional := task.Attestation{Mode: task.AttestationOptional, SlotsPerOwner: 1}
	id := validator.Identity
	a, b, c, d := neuron(0, 30, "x"), neuron(1, 20, "y"), neuron(2, 10, "z"), neuron(3, 40, "x")

	require.Empty(t, validator.Holds(task.Attestation{Mode: task.AttestationOff, SlotsPerOwner: 1}, id(a, "", "G"), id(b, "", "G"), id(d, "")))
	require.Empty(t, validator.Holds(task.Attestation{}, id(a, "", "G"), id(b, "", "G")))

	// The order is that of registration, whatever the uid.
	require.Equal(t, m{"a": task.GateDevice, "b": task.GateDevice}, gates(validator.Holds(required, id(a, "", "G"), id(b, "", "G"), id(c, "", "G"))))
	h := validator.Holds(required, id(a, "", "G"), id(c, "", "G"))
	require.Equal(t, "device G is at uid 2, which registered before", h["a"].Why)

	// One device in common is enough, and who is held back takes no other of its devices.
	require.Equal(t, m{"a": task.GateDevice}, gates(validator.Holds(required, id(c, "", "G", "H"), id(a, "", "I", "H"), id(d, "", "I"))))

	// Without evidence: nothing where it is required, and what the owner's rule leaves where it is not.
	require.Equal(t, m{"a": task.GateAttestation}, gates(validator.Holds(required, id(a, "refused"), id(b, "", "G"))))
	require.Contains(t, validator.Holds(required, id(a, "refused"))["a"].Why, "refused")
	require.Empty(t, validator.Holds(optional, id(a, ""), id(b, "")))

	// Who was never asked has not refused, and has a place like others.
	require.Empty(t, validator.Holds(required, validator.Unasked(a), id(b, "", "G")))
	require.Equal(t, m{"d": task.GateOwner}, gates(validator.Holds(required, validator.Unasked(a), id(d, "", "G"))))

	// One owner: the first that may have a place has it. An unattested uid keeps none occupied.
	require.Equal(t, m{"d": task.GateOwner}, gates(validator.Holds(required, id(a, "", "G"), id(d, "", "H"))))
	require.Equal(t, m{"a": task.GateAttestation}, gates(validator.Holds(required, id(a, "none"), id(d, "", "H"))))
	require.Equal(t, m{"d": task.GateOwner}, gates(validator.Holds(optional, id(a, ""), id(d, ""))))
	two := required
	two.SlotsPerOwner = 2
	require.Empty(t, validator.Holds(two, id(a, "", "G"), id(d, "", "H")))
	any := required
	any.SlotsPerOwner = 0
	require.Empty(t, validator.Holds(any, id(a, "", "G"), id(d, "", "H")))

	// Registered in one block: the lower uid.
	e, f := neuron(4, 50, "p"), neuron(5, 50, "q")
	require.Equal(t, m{"f": task.GateDevice}, gates(validator.Holds(required, id(f, "", "G"), id(e, "", "G"))))
}

// TestWhatARecordCounts: evidence counts for two epochs, of one registration and service key. A miner is left its place until it was asked once, and cannot
// stay unasked by changing what it is asked under.
func TestWhatARecordCounts(t *testing.T) {
	required := task.Attestation{Mode: task.AttestationRequired, SlotsPerOwner: 1}
	n := neuron(1, 20, "y")
	n.ServiceKey = []byte("key")
	good := func(change func(*validator.HardwareRecord)) *validator.HardwareRecord {
		r := &validator.HardwareRecord{
			Hotkey: n.Hotkey, RegisteredAt: n.RegisteredAt, ServiceKey: n.ServiceKey, Devices: []attest.Device{{ID: "G"}}, AttestedEpoch: 7, Challenged: true,
		}
		change(r)
		return r
	}
	for _, c := range []struct {
		name   string
		record *validator.HardwareRecord
		epoch  uint64
		why    string // empty: it has a place
	}{
		{"this-epoch", good(func(r *validator.HardwareRecord) {}), 7, ""},
		{"the-next", good(func(r *validator.HardwareRecord) { r.AttestError = "timeout" }), 8, ""},
		{"after-it", good(func(r *validator.HardwareRecord) { r.AttestError = "timeout" }), 9, "its evidence is of epoch 7: timeout"},
		{"refused", good(func(r *validator.HardwareRecord) { r.Devices, r.AttestError = nil, "another nonce" }), 7, "another nonce"},
		{"new-service-key", good(func(r *validator.HardwareRecord) { r.ServiceKey = []byte("old") }), 7, "its service key is new"},
		{"registered-anew", good(func(r *validator.HardwareRecord) { r.RegisteredAt-- }), 7, ""},
		{"never-seen", nil, 7, ""},
		{"only-its-report-was-read", good(func(r *validator.HardwareRecord) { r.Devices, r.Challenged = nil, false }), 7, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := validator.Holds(required, c.record.Identity(n, c.epoch))
			if c.why == "" {
				require.Empty(t, h)
				return
			}
			require.Equal(t, task.GateAttestation, h[task.MinerID(n.Hotkey)].Gate)
			require.Contains(t, h[task.MinerID(n.Hotkey)].Why, c.why)
		})
	}
}

// TestPlacesDoNotDependOnTheOrderOfLooking: what is held back is the same however the neurons are listed, and no device and no owner is paid twice.
func TestPlacesDoNotDependOnTheOrderOfLooking(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		rule := task.Attestation{Mode: []task.AttestationMode{task.AttestationOptional, task.AttestationRequired}[dice.IntN(2)], SlotsPerOwner: dice.IntN(3)}
		n := 1 + dice.IntN(12)
		neurons := make([]chain.Neuron, n)
		devices := make([][]string, n)
		for i := range n {
			neurons[i] = neuron(uint16(i), int64(dice.IntN(5)), string(rune('A'+dice.IntN(4))))
			for range dice.IntN(3) {
				devices[i] = append(devices[i], string(rune('G'+dice.IntN(6))))
			}
		}
		listed := func(order []int) map[task.MinerID]task.Hold {
			all := validator.Identities{}
			for _, i := range order {
				all = append(all, validator.Identity(neurons[i], "", devices[i]...))
			}
			return validator.Holds(rule, all...)
		}
		first := listed(dice.Perm(n))
		require.Equal(t, first, listed(dice.Perm(n)))
		owners, places := map[string]int{}, map[string]bool{}
		for i := range n {
			if _, held := first[task.MinerID(neurons[i].Hotkey)]; held {
				continue
			}
			owners[neurons[i].Owner]++
			if rule.SlotsPerOwner > 0 {
				require.LessOrEqual(t, owners[neurons[i].Owner], rule.SlotsPerOwner)
			}
			own := map[string]bool{}
			for _, d := range devices[i] {
				require.False(t, places[d] && !own[d], "device %s is paid twice", d)
				places[d], own[d] = true, true
			}
		}
	}
}
