package pinned

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/agon-chain/agon/task"
)

// decimal is a natural logarithm as a decimal one, within what JSON can write.
func decimal(log float64) float64 {
	return max(-math.MaxInt32, min(math.MaxInt32, log/math.Ln10))
}

// Accounts implements task.Accountant.
func (x *Examiner) Accounts(m task.MinerID) ([]task.Account, error) {
	var out []task.Account
	for _, pin := range slices.Sorted(maps.Keys(x.accounts[m])) {
		k := x.accounts[m][pin]
		b, err := k.Account.Marshal()
		if err != nil {
			return nil, fmt.Errorf("chat: account of %s on %s: %w", m, pin, err)
		}
		state, err := json.Marshal(storedAccount{b, k.Came, k.Since, k.Round})
		if err != nil {
			return nil, fmt.Errorf("chat: account of %s on %s: %w", m, pin, err)
		}
		one := task.Account{
			Of: pin, Since: k.Since, Answers: k.Account.Answers - k.Account.Inconclusive, Log10: decimal(k.Account.Log()), Peak: decimal(k.Account.Peak),
			Layers: map[string]float64{}, Accused: k.Account.Accused(), State: state,
		}
		for layer, log := range k.Account.Layers() {
			one.Layers[string(layer)] = decimal(log)
		}
		if one.Accused {
			layer, _ := strongest(k.Account)
			one.By = string(layer)
		}
		out = append(out, one)
	}
	return out, nil
}
