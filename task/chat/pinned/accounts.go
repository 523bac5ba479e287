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
	// term is how many of the miner's answers an account lasts, whatever they say and whichever version they name. Who was accused in it
	// earns nothing until it ends, and is looked at anew after: a miner that has mended what was wrong gets another chance, and one that
	// has not loses it within some twenty answers.
	term = 1_000
	// absent is how many rounds an account is kept of who is not asked.
	absent = 200
)

// accounts are those of each miner and version.
type accounts map[task.MinerID]map[string]*kept

// kept is an account with how many answers of the miner came since it was opened, the round of its opening, and the last round in which
// one came.
type kept struct {
	Account *sequential.Account
	Came    int
	Since   uint64
	Round   uint64
}

// Add enters a finding that came of several answers, which are counted already.
func (k *kept) Add(f verify.Finding) {
	answers, inconclusive := k.Account.Answers, k.Account.Inconclusive
	k.Account.Observe([]verify.Finding{f}, nil)
	k.Account.Answers, k.Account.Inconclusive = answers, inconclusive
}

// came counts an answer of a miner, of which nothing need be known, and closes the accounts whose term is over.
func (a accounts) came(m task.MinerID, round uint64) {
	maps.DeleteFunc(a[m], func(_ string, k *kept) bool {
		k.Came++
		k.Round = max(k.Round, round)
		return k.Came > term
	})
}

// of is a miner's account on a version, a new one if there is none. The profile was judged when the version was taken.
func (a accounts) of(m task.MinerID, pin string, p sequential.Profile, round uint64) *kept {
	k := a[m][pin]
	if k == nil {
		fresh, err := sequential.New(p)
		if err != nil {
			panic(err) // NewExaminer opened one by it
		}
		if k = (&kept{Account: fresh, Since: round}); a[m] == nil {
			a[m] = map[string]*kept{}
		}
		a[m][pin] = k
	}
	k.Round = max(k.Round, round)
	return k
}

// accused says whether an account of a miner is enough, on whichever version, and which layer has the most evidence: who was
// found out does not get away by naming another version, or by answers that nothing can be seen in.
func (a accounts) accused(m task.MinerID) (verify.Layer, bool) {
	most, which := math.Inf(-1), verify.Layer("")
	for _, pin := range slices.Sorted(maps.Keys(a[m])) {
		if !a[m][pin].Account.Accused() {
			continue
		}
		if layer, log := strongest(a[m][pin].Account); log > most {
			most, which = log, layer
		}
	}
	return which, which != ""
}

// strongest is the layer with the most evidence, of equals the first by name.
func strongest(a *sequential.Account) (which verify.Layer, most float64) {
	most = math.Inf(-1)
	logs := a.Layers()
	for _, layer := range slices.Sorted(maps.Keys(logs)) {
		if logs[layer] > most {
			most, which = logs[layer], layer
		}
	}
	return which, most
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
	Kind     string                                    `json:"kind"`
	Version  int                                       `json:"version"`
	Accounts map[task.MinerID]map[string]storedAccount `json:"accounts"`
}

type storedAccount struct {
	Account json.RawMessage `json:"account"`
	Came    int             `json:"came"`
	Since   uint64          `json:"since"`
	Round   uint64          `json:"round"`
}

const (
	stateKind    = "chat/pinned"
	stateVersion = 1
)

func (a accounts) encode() ([]byte, error) {
	s := stored{stateKind, stateVersion, map[task.MinerID]map[string]storedAccount{}}
	for m, pins := range a {
		s.Accounts[m] = map[string]storedAccount{}
		for pin, k := range pins {
			b, err := k.Account.Marshal()
			if err != nil {
				return nil, fmt.Errorf("chat: account of %s on %s: %w", m, pin, err)
			}
			s.Accounts[m][pin] = storedAccount{b, k.Came, k.Since, k.Round}
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
			account, err := sequential.Unmarshal(b.Account, v.Profile)
			if err != nil {
				continue
			}
			if out[m] == nil {
				out[m] = map[string]*kept{}
			}
			out[m][pin] = &kept{account, b.Came, b.Since, b.Round}
		}
	}
	return out, nil
}
