package chain

import (
	"context"
	"fmt"
	"math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// Neuron is one row of a metagraph. Fractions are of 65535. What the last epoch computed is zero for a neuron that
// registered after it.
type Neuron struct {
	UID uint16
	// Hotkey and Owner are bech32 addresses.
	Hotkey, Owner string
	// URL and ServiceKey (ed25519, 32 bytes) are of the axon; empty where none is served.
	URL        string
	ServiceKey []byte
	// RegisteredAt is a height.
	RegisteredAt int64
	// Stake behind the hotkey, in alpha base units.
	Stake uint64
	// LastUpdate is the height of the neuron's last weights.
	LastUpdate int64
	// Permit says that the neuron may judge, Active that it did so lately.
	Permit, Active bool
	// StakeWeight, Consensus, Incentive, Dividends and ValidatorTrust are the last epoch's.
	StakeWeight, Consensus, Incentive, Dividends, ValidatorTrust uint16
	// Emission of the last epoch, in alpha base units.
	Emission uint64
}

// Serves says whether requests can be sent to the neuron.
func (n Neuron) Serves() bool { return n.URL != "" && len(n.ServiceKey) > 0 }

// Metagraph is a subnet as of one height. It is shared: read it only.
type Metagraph struct {
	Netuid  uint32
	Height  int64
	Epoch   scoringtypes.Epoch
	Neurons []Neuron // by uid

	uids map[string]uint16
}

// maxNeurons is what a uid can count.
const maxNeurons = math.MaxUint16 + 1

// DecodeMetagraph turns columns into rows. The error is ErrMalformed for columns that do not fit each other.
func DecodeMetagraph(r *scoringtypes.QueryMetagraphResponse) (*Metagraph, error) {
	n := len(r.Hotkeys)
	if n > maxNeurons {
		return nil, fmt.Errorf("%w: metagraph of subnet %d has %d neurons, at most %d", ErrMalformed, r.Netuid, n, maxNeurons)
	}
	for _, c := range []struct {
		name   string
		length int
	}{
		{"owners", len(r.Owners)},
		{"urls", len(r.Urls)},
		{"service_keys", len(r.ServiceKeys)},
		{"registered_at", len(r.RegisteredAt)},
		{"stake", len(r.Stake)},
	} {
		if c.length != n {
			return nil, fmt.Errorf("%w: metagraph of subnet %d has %d %s and %d hotkeys", ErrMalformed, r.Netuid, c.length, c.name, n)
		}
	}
	m := &Metagraph{Netuid: r.Netuid, Height: r.Height, Epoch: r.Epoch, Neurons: make([]Neuron, n), uids: make(map[string]uint16, n)}
	cols := r.Columns
	for i := range n {
		hotkey := sdk.AccAddress(r.Hotkeys[i]).String()
		m.uids[hotkey] = uint16(i)
		m.Neurons[i] = Neuron{
			UID:          uint16(i),
			Hotkey:       hotkey,
			Owner:        sdk.AccAddress(r.Owners[i]).String(),
			URL:          r.Urls[i],
			ServiceKey:   r.ServiceKeys[i],
			RegisteredAt: r.RegisteredAt[i],
			Stake:        r.Stake[i],
			LastUpdate:   at(cols.LastUpdate, i),
			Permit:       at(cols.Permits, i),
			Active:       at(cols.Active, i),
			Emission:     at(cols.Emission, i),
		}
		row := &m.Neurons[i]
		for _, f := range []struct {
			name   string
			column []uint32
			to     *uint16
		}{
			{"stake_weight", cols.StakeWeight, &row.StakeWeight},
			{"consensus", cols.Consensus, &row.Consensus},
			{"incentive", cols.Incentive, &row.Incentive},
			{"dividends", cols.Dividends, &row.Dividends},
			{"validator_trust", cols.ValidatorTrust, &row.ValidatorTrust},
		} {
			v := at(f.column, i)
			if v > math.MaxUint16 {
				return nil, fmt.Errorf("%w: %s of uid %d in subnet %d is %d, at most %d", ErrMalformed, f.name, i, r.Netuid, v, math.MaxUint16)
			}
			*f.to = uint16(v)
		}
	}
	return m, nil
}

// at is the column's value, or zero past its end: neurons that came after the last epoch have none.
func at[T any](column []T, i int) (v T) {
	if i < len(column) {
		v = column[i]
	}
	return v
}

// UIDOf is the uid of a hotkey.
func (m *Metagraph) UIDOf(hotkey string) (uint16, bool) {
	uid, ok := m.uids[hotkey]
	return uid, ok
}

// Neuron is the row of a uid.
func (m *Metagraph) Neuron(uid uint16) (Neuron, bool) {
	if int(uid) >= len(m.Neurons) {
		return Neuron{}, false
	}
	return m.Neurons[uid], true
}

// ByHotkey is the row of a hotkey.
func (m *Metagraph) ByHotkey(hotkey string) (Neuron, bool) {
	uid, ok := m.uids[hotkey]
	if !ok {
		return Neuron{}, false
	}
	return m.Neurons[uid], true
}

// Serving are the neurons with an axon, in order of uid.
func (m *Metagraph) Serving() []Neuron {
	var out []Neuron
	for _, n := range m.Neurons {
		if n.Serves() {
			out = append(out, n)
		}
	}
	return out
}

// Metagraph fetches a subnet's metagraph, all its scoring mechanisms together. NotFound holds for a subnet that does not exist, Unreachable for a node that does
// not answer.
func (c *Client) Metagraph(ctx context.Context, netuid uint32) (*Metagraph, error) {
	r, err := c.Scoring().Metagraph(ctx, &scoringtypes.QueryMetagraphRequest{Netuid: netuid})
	if err != nil {
		return nil, fmt.Errorf("metagraph of subnet %d: %w", netuid, err)
	}
	return DecodeMetagraph(r)
}

// MechanismMetagraph is the metagraph of one of a subnet's scoring mechanisms: its last updates, and what the last epoch found in it.
// NotFound holds for a mechanism that neither the running epoch nor the last one has, too.
func (c *Client) MechanismMetagraph(ctx context.Context, netuid, mechanism uint32) (*Metagraph, error) {
	r, err := c.Scoring().Metagraph(ctx, &scoringtypes.QueryMetagraphRequest{Netuid: netuid, Mechanism: &mechanism})
	if err != nil {
		return nil, fmt.Errorf("metagraph of mechanism %d of subnet %d: %w", mechanism, netuid, err)
	}
	return DecodeMetagraph(r)
}
