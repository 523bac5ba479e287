package pinned

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/sequential"
)

const (
	// term is how many answers an account lasts. Who was accused in it earns nothing until it ends, and is looked at anew after: a
	// miner that has mended what was wrong gets another chance, and one that has not loses it within some twenty answers.
	term = 1_000
	// absent is how many rounds an account is kept of who is not asked.
	absent = 200
)

// accounts are those of each miner and version.
type accounts map[task.MinerID]map[string]*kept

// kept is an account with the last round in which it was used.
type kept struct {
	*sequential.Account
	Round uint64 `json:"round"`
}

// Add enters a finding that came of several answers, which are counted already.
func (k *kept) Add(f verify.Finding) {
	answers, inconclusive := k.Answers, k.Inconclusive
	k.Observe([]verify.Finding{f}, nil)
	k.Answers, k.Inconclusive = answers, inconclusive
}

// of is a miner's account on a version, a new one if there is none or its term is over. The profile was judged when the version
// was taken.
func (a accounts) of(m task.MinerID, pin string, p sequential.Profile, round uint64) *kept {
	k := a[m][pin]
	if k == nil || k.Answers >= term {
		fresh, err := sequential.New(p)
		if err != nil {
			panic(err) // NewExaminer opened one by it
		}
		if k = (&kept{Account: fresh}); a[m] == nil {
			a[m] = map[string]*kept{}
		}
		a[m][pin] = k
	}
	k.Round = max(k.Round, round)
	return k
}

// accused says whether a miner's account is enough, and which layer has the most evidence.
func (a accounts) accused(m task.MinerID, pin string, b sequential.Bounds) (verify.Layer, bool) {
	k := a[m][pin]
	if k == nil || k.State(b) != sequential.Accused {
		return "", false
	}
	most, which := math.Inf(-1), verify.Layer("")
	logs := k.Layers()
	for _, layer := range slices.Sorted(maps.Keys(logs)) {
		if logs[layer] > most {
			most, which = logs[layer], layer
		}
	}
	return which, true
}

// forget drops the accounts of who has not been asked for long.
func (a accounts) forget(results []task.Result) {
	var now uint64
	for _, r := range results {
		now = max(now, r.Question.Round)
	}
	for m, pins := range a {
		maps.DeleteFunc(pins, func(_ string, k *kept) bool { return k.Round+absent < now })
		if len(pins) == 0 {
			delete(a, m)
		}
	}
}

// stored is the saved form.
type stored struct {
	Kind     string                                      `json:"kind"`
	Version  int                                         `json:"version"`
	Accounts map[task.MinerID]map[string]json.RawMessage `json:"accounts"`
	Rounds   map[task.MinerID]map[string]uint64          `json:"rounds"`
}

const (
	stateKind    = "chat/pinned"
	stateVersion = 1
)

func (a accounts) encode() ([]byte, error) {
	s := stored{stateKind, stateVersion, map[task.MinerID]map[string]json.RawMessage{}, map[task.MinerID]map[string]uint64{}}
	for m, pins := range a {
		s.Accounts[m], s.Rounds[m] = map[string]json.RawMessage{}, map[string]uint64{}
		for pin, k := range pins {
			b, err := k.Marshal()
			if err != nil {
				return nil, fmt.Errorf("chat: account of %s on %s: %w", m, pin, err)
			}
			s.Accounts[m][pin], s.Rounds[m][pin] = b, k.Round
		}
	}
	return json.Marshal(s)
}

// decodeAccounts reads the saved form. Accounts on versions that are gone, or that were calibrated anew since, are left out: what
// they counted cannot go on. Errors: task.ErrBadState.
func decodeAccounts(raw []byte, versions map[string]*version) (accounts, error) {
	var s stored
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("chat: %w: %w", task.ErrBadState, err)
	}
	if s.Kind != stateKind || s.Version != stateVersion {
		return nil, fmt.Errorf("chat: %w: state of %q version %d, want %q version %d", task.ErrBadState, s.Kind, s.Version, stateKind, stateVersion)
	}
	if len(s.Accounts) > maxMiners {
		return nil, fmt.Errorf("chat: %w: accounts of %d miners, want at most %d", task.ErrBadState, len(s.Accounts), maxMiners)
	}
	out := accounts{}
	for m, pins := range s.Accounts {
		for pin, b := range pins {
			v := versions[pin]
			if v == nil {
				continue
			}
			account, err := sequential.Unmarshal(b, v.Profile)
			if err != nil {
				continue
			}
			if out[m] == nil {
				out[m] = map[string]*kept{}
			}
			out[m][pin] = &kept{Account: account, Round: s.Rounds[m][pin]}
		}
	}
	return out, nil
}
