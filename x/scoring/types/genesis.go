package types

import (
	"math"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/exam"
)

// DefaultGenesis is the state of a new chain.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate refuses a genesis that contradicts itself.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	neurons := make(map[Place]int, len(gs.Columns))
	for i, c := range gs.Columns {
		if i > 0 && c.Place() <= gs.Columns[i-1].Place() {
			return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: netuid %d, mechanism %d after %d, %d; sort them, each once",
				i, c.Netuid, c.Mechanism, gs.Columns[i-1].Netuid, gs.Columns[i-1].Mechanism)
		}
		n := len(c.LastUpdate)
		for _, l := range []int{
			len(c.Permits), len(c.Active), len(c.StakeWeight), len(c.Consensus), len(c.Incentive), len(c.Dividends),
			len(c.ValidatorTrust), len(c.Emission),
		} {
			if l != n {
				return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: netuid %d: columns of %d and %d entries", i, c.Netuid, n, l)
			}
		}
		for _, column := range [][]uint32{c.StakeWeight, c.Consensus, c.Incentive, c.Dividends, c.ValidatorTrust} {
			for uid, v := range column {
				if v > math.MaxUint16 {
					return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: uid %d has %d, at most %d", i, uid, v, math.MaxUint16)
				}
			}
		}
		if slices.ContainsFunc(c.LastUpdate, func(height int64) bool { return height < 0 }) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: netuid %d: a last_update is negative", i, c.Netuid)
		}
		neurons[c.Place()] = n
	}
	columns, mechanisms := 0, make(map[uint32]uint32, len(gs.Epochs))
	for i, e := range gs.Epochs {
		if i > 0 && e.Netuid <= gs.Epochs[i-1].Netuid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: netuid %d after %d; sort them, each once", i, e.Netuid, gs.Epochs[i-1].Netuid)
		}
		if err := e.ValidateMechanisms(); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: %s", i, err)
		}
		n, ok := neurons[PlaceOf(e.Netuid, 0)]
		for m := range e.Kept() {
			if _, has := neurons[PlaceOf(e.Netuid, m)]; !has {
				return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: netuid %d, mechanism %d has no columns", i, e.Netuid, m)
			}
			if neurons[PlaceOf(e.Netuid, m)] != n || !ok {
				return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: netuid %d: columns of %d neurons in mechanism 0 and %d in mechanism %d",
					i, e.Netuid, n, neurons[PlaceOf(e.Netuid, m)], m)
			}
		}
		columns += int(e.Kept())
		mechanisms[e.Netuid] = e.Mechanisms()
		if e.StartedAt < 0 || e.DueAt < 0 || e.LastStepBlock < 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: started at %d, due at %d, last step at %d; heights are not negative", i, e.StartedAt, e.DueAt, e.LastStepBlock)
		}
	}
	if columns != len(gs.Columns) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%d columns, the epochs have %d mechanisms, want as many", len(gs.Columns), columns)
	}
	if err := validateRows("weights", gs.Weights, neurons, mechanisms, false); err != nil {
		return err
	}
	if err := validateRows("bonds", gs.Bonds, neurons, mechanisms, true); err != nil {
		return err
	}
	return gs.validateCommits()
}

// validateRows refuses rows out of order, of unknown uids or with entries that no message could have set. A row of weights may have
// lost its positive entries to replaced neurons; positive says that every entry must have a value, as bonds do.
func validateRows(name string, subnets []SubnetRows, neurons map[Place]int, mechanisms map[uint32]uint32, positive bool) error {
	for i, s := range subnets {
		if i > 0 && s.Place() <= subnets[i-1].Place() {
			return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: netuid %d, mechanism %d after %d, %d; sort them, each once",
				name, i, s.Netuid, s.Mechanism, subnets[i-1].Netuid, subnets[i-1].Mechanism)
		}
		n, ok := neurons[s.Place()]
		if !ok || s.Mechanism >= mechanisms[s.Netuid] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: netuid %d, mechanism %d has no columns or is gone", name, i, s.Netuid, s.Mechanism)
		}
		for j, row := range s.Rows {
			if j > 0 && row.Uid <= s.Rows[j-1].Uid {
				return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: row of uid %d after %d; sort them, each once", name, i, row.Uid, s.Rows[j-1].Uid)
			}
			if row.Uid >= uint32(n) || len(row.Entries) == 0 {
				return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: row of uid %d with %d entries, the subnet has %d neurons", name, i, row.Uid, len(row.Entries), n)
			}
			// A trim may have taken uids that a row names: which, and whether there was one, is checked against the subnet.
			if err := validateRow(row.Entries, math.MaxUint16+1); err != nil {
				return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: row of uid %d: %s", name, i, row.Uid, err)
			}
			if positive && slices.ContainsFunc(row.Entries, func(w Weight) bool { return w.Value == 0 }) {
				return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: row of uid %d has an entry of 0; leave it out", name, i, row.Uid)
			}
		}
	}
	return nil
}

// validateCommits refuses commits that the running epoch does not know, that stand twice, or whose fields have the wrong size.
func (gs GenesisState) validateCommits() error {
	running := make(map[uint32]Epoch, len(gs.Epochs))
	for _, e := range gs.Epochs {
		running[e.Netuid] = e
	}
	type key struct {
		hotkey string
		at     Place
		epoch  uint64
	}
	seen := make(map[key]bool, len(gs.Commits))
	for i, c := range gs.Commits {
		if len(c.Hash) != HashSize || (len(c.Seed) != 0 && len(c.Seed) != HashSize) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: hash of %d and seed of %d bytes, want %d", i, len(c.Hash), len(c.Seed), HashSize)
		}
		if _, err := sdk.AccAddressFromBech32(c.Hotkey); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: hotkey %q: %s", i, c.Hotkey, err)
		}
		if c.Height < 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: height is %d, heights are not negative", i, c.Height)
		}
		epoch, ok := running[c.Netuid]
		if !ok || c.Epoch > epoch.Index || c.Epoch+1 < epoch.Index {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: netuid %d, epoch %d; want a subnet's running epoch or the one before", i, c.Netuid, c.Epoch)
		}
		if c.Mechanism >= epoch.Mechanisms() {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: netuid %d, mechanism %d, the running epoch has %d", i, c.Netuid, c.Mechanism, epoch.Mechanisms())
		}
		if p := (exam.Params{ReceiptsPerMiner: narrow(c.ExamReceipts), Openings: narrow(c.ExamOpenings)}); p.Validate() != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: exam_receipts %d and exam_openings %d: %s", i, c.ExamReceipts, c.ExamOpenings, p.Validate())
		}
		k := key{c.Hotkey, PlaceOf(c.Netuid, c.Mechanism), c.Epoch}
		if seen[k] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: hotkey %s, netuid %d, mechanism %d, epoch %d stands twice", i, c.Hotkey, c.Netuid, c.Mechanism, c.Epoch)
		}
		seen[k] = true
	}
	return nil
}

// narrow takes a number to 16 bits, in which too large ones stay too large for what is examined.
func narrow(v uint32) uint16 { return uint16(min(v, math.MaxUint16)) }
