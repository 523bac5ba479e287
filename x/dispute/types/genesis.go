package types

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxAmount bounds every amount: no more AGON than this ever exists, in nagon.
const maxAmount = curve.Cap

// DefaultGenesis is a chain without cases.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextCaseId: FirstCaseID}
}

// Validate reports the first contradiction, as ErrInvalidGenesis or as the error of the part that is wrong.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if gs.NextCaseId < FirstCaseID {
		return errorsmod.Wrapf(ErrInvalidGenesis, "next_case_id is %d, want at least %d", gs.NextCaseId, FirstCaseID)
	}
	if err := gs.validateCases(); err != nil {
		return err
	}
	if err := gs.validateBars(); err != nil {
		return err
	}
	return gs.validateRecords()
}

func (gs GenesisState) validateCases() error {
	rest := gs.Judges
	last := uint64(FirstCaseID - 1)
	open := make(map[string]uint64)
	for i, c := range gs.Cases {
		if c.Id <= last || c.Id >= gs.NextCaseId {
			return errorsmod.Wrapf(ErrInvalidGenesis, "cases has id %d at %d, want ascending ids from %d below %d (next_case_id)", c.Id, i, FirstCaseID, gs.NextCaseId)
		}
		last = c.Id
		if err := c.Validate(); err != nil {
			return err
		}
		if c.Open() {
			about := fmt.Sprintf("%d/%s", c.Netuid, c.Miner)
			if other, twice := open[about]; twice {
				return errorsmod.Wrapf(ErrInvalidGenesis, "cases %d and %d are both open against %s of netuid %d", other, c.Id, c.Miner, c.Netuid)
			}
			open[about] = c.Id
		}
		n := 0
		for n < len(rest) && rest[n].CaseId == c.Id {
			n++
		}
		if err := c.validateBench(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		return errorsmod.Wrapf(ErrInvalidGenesis, "judges has case_id %d of %q: no such case, or out of order", rest[0].CaseId, rest[0].Hotkey)
	}
	return nil
}

// validateBench holds a case's sums against its judges, all of them in order.
func (c Case) validateBench(bench []Judge) error {
	var sum uint64
	var last []byte
	for _, j := range bench {
		if err := j.Validate(); err != nil {
			return errorsmod.Wrapf(err, "judges of case %d", c.Id)
		}
		hotkey, err := subnettypes.ParseHotkey("hotkey", j.Hotkey)
		if err != nil {
			return err
		}
		if bytes.Compare(last, hotkey) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "judges of case %d have %s out of order or twice, want ascending bytes", c.Id, j.Hotkey)
		}
		last = hotkey
		var carry uint64
		if sum, carry = bits.Add64(sum, j.Weight, 0); carry != 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "judges of case %d weigh more than 64 bits hold", c.Id)
		}
	}
	if len(bench) != int(c.Judges) || sum != c.Weight {
		return errorsmod.Wrapf(ErrInvalidGenesis, "case %d has %d judges of weight %d, want %d of %d (judges, weight)", c.Id, len(bench), sum, c.Judges, c.Weight)
	}
	return nil
}

func (gs GenesisState) validateBars() error {
	var last []byte
	for i, b := range gs.Bars {
		hotkey, err := subnettypes.ParseHotkey("hotkey", b.Hotkey)
		if err != nil {
			return errorsmod.Wrap(err, "bars")
		}
		if bytes.Compare(last, hotkey) >= 0 || b.Until < 1 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "bars has %s until %d at %d: want ascending bytes and a height from 1 on", b.Hotkey, b.Until, i)
		}
		last = hotkey
	}
	return nil
}

func (gs GenesisState) validateRecords() error {
	var last []byte
	for i, r := range gs.Records {
		hotkey, err := subnettypes.ParseHotkey("hotkey", r.Hotkey)
		if err != nil {
			return errorsmod.Wrap(err, "records")
		}
		key := append(binary.BigEndian.AppendUint32(nil, r.Netuid), hotkey...)
		if bytes.Compare(last, key) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "records has netuid %d hotkey %s at %d: out of order or twice", r.Netuid, r.Hotkey, i)
		}
		last = key
		if r.Verdicts == 0 || r.LastHeight < 0 || r.Slashed > maxAmount || r.LastCase < FirstCaseID || r.LastCase >= gs.NextCaseId {
			return errorsmod.Wrapf(ErrInvalidGenesis, "records of netuid %d hotkey %s: %d verdicts, last at %d in case %d, slashed %d: want at least 1 verdict, a case below %d and at most %d slashed",
				r.Netuid, r.Hotkey, r.Verdicts, r.LastHeight, r.LastCase, r.Slashed, gs.NextCaseId, uint64(maxAmount))
		}
	}
	return nil
}
