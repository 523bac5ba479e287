package scenario

import (
	"fmt"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Replayed is what [Replay] makes of a document: the results in its order.
type Replayed struct {
	Scenarios []ReplayedScenario `json:"scenarios"`
}

// ReplayedScenario is what replaying makes of a scenario.
type ReplayedScenario struct {
	Name   string   `json:"name"`
	Epochs []Result `json:"epochs"`
}

// Replay reckons every epoch of a document from its own input. It stops at the first that cannot be reckoned; the error
// names it and wraps [ErrFormat] or an error of package yuma. progress, where given, is called after each epoch.
func Replay(d Document, progress func()) (Replayed, error) {
	out := Replayed{Scenarios: make([]ReplayedScenario, 0, len(d.Scenarios))}
	var w yuma.Workspace
	for _, s := range d.Scenarios {
		results := make([]Result, 0, len(s.Epochs))
		for k := range s.Epochs {
			r, err := replay(&w, &s.Epochs[k])
			if err != nil {
				return Replayed{}, fmt.Errorf("scenario %q, epoch %d: %w", s.Name, k, err)
			}
			results = append(results, r)
			if progress != nil {
				progress()
			}
		}
		out.Scenarios = append(out.Scenarios, ReplayedScenario{Name: s.Name, Epochs: results})
	}
	return out, nil
}

func replay(w *yuma.Workspace, e *Epoch) (Result, error) {
	in, err := e.Input.Yuma()
	if err != nil {
		return Result{}, err
	}
	var out yuma.Output // its memory becomes the result's
	if err := w.Run(e.Params.Yuma(), in, &out); err != nil {
		return Result{}, err
	}
	if e.MinerBurnBps > yuma.MaxBps {
		return Result{}, fmt.Errorf("%w: miner_burn_bps is %d, at most %d", ErrFormat, e.MinerBurnBps, yuma.MaxBps)
	}
	r := NewResult(&out, e.Emission)
	r.burn(e.MinerBurnBps)
	return r, nil
}

// NewResult is an output as a document has it, with the emission shared out as the reference does. It shares memory with out.
func NewResult(out *yuma.Output, emission uint64) Result {
	n := len(out.Incentive)
	r := Result{
		Incentive: list(out.Incentive), Dividends: list(out.Dividends), Consensus: list(out.Consensus),
		ValidatorTrust: list(out.ValidatorTrust), StakeWeight: list(out.StakeWeight), Active: list(out.Active), Permits: list(out.Permits),
		Server: make([]uint64, n), Validator: make([]uint64, n), Combined: make([]uint64, n), Bonds: newRows(out.Bonds),
	}
	out.Emission(emission, r.Server, r.Validator, r.Combined)
	return r
}

// burn takes from payments what a subnet burns of its miners' emission.
func (r *Result) burn(bps uint32) {
	for uid, amount := range r.Server {
		r.Server[uid] = yuma.Unburned(amount, bps)
		r.Combined[uid] -= min(amount-r.Server[uid], r.Combined[uid])
	}
}
