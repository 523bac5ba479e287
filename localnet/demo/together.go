package demo

import (
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
)

// together is what a subnet's miners were paid in the epochs in which every expert was: what experts are compared by. A validator gives
// no weight to a miner of which it has few answers, so that one answer lost at the start begins an expert's pay an epoch late.
type together struct {
	epochs uint64
	earned map[string]uint64 // of the subnet's token, by hotkey
}

// add takes the epoch that has just ended, if every expert was paid in it.
func (t *together) add(miners []*localnet.Participant, graph *chain.Metagraph) {
	paid := map[string]uint64{}
	for _, m := range miners {
		neuron, _ := graph.ByHotkey(m.Hotkey)
		if m.Kind == honest && neuron.Emission == 0 {
			return
		}
		paid[m.Hotkey] = neuron.Emission
	}
	t.epochs++
	if t.earned == nil {
		t.earned = paid
		return
	}
	for hotkey, amount := range paid {
		t.earned[hotkey] += amount
	}
}
