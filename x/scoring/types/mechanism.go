package types

import (
	"fmt"
	"slices"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Mechanisms is how many mechanisms the running epoch has.
func (e Epoch) Mechanisms() uint32 { return uint32(len(e.MechanismSplit)) }

// Kept is how many mechanisms have columns: those of the running epoch, and those of the last one that are gone.
func (e Epoch) Kept() uint32 { return uint32(max(len(e.MechanismSplit), len(e.LastMechanismSplit))) }

// LastMechanisms is how many mechanisms have results of the last epoch; before the first epoch, how many the running one has.
func (e Epoch) LastMechanisms() uint32 {
	if len(e.LastMechanismSplit) == 0 {
		return e.Mechanisms()
	}
	return uint32(len(e.LastMechanismSplit))
}

// ValidateMechanisms refuses splits that no subnet may have, and heights that are not one for each mechanism.
func (e Epoch) ValidateMechanisms() error {
	if err := subnettypes.ValidateMechanismSplit(e.MechanismSplit); err != nil {
		return err
	}
	if len(e.LastMechanismSplit) > 0 {
		if err := subnettypes.ValidateMechanismSplit(e.LastMechanismSplit); err != nil {
			return fmt.Errorf("last_mechanism_split: %w", err)
		}
	}
	if len(e.MechanismSince) != len(e.MechanismSplit) {
		return fmt.Errorf("netuid %d: mechanism_since has %d entries, mechanism_split %d", e.Netuid, len(e.MechanismSince), len(e.MechanismSplit))
	}
	for m, height := range e.MechanismSince {
		if height < 0 {
			return fmt.Errorf("netuid %d: mechanism_since[%d] is %d, heights are not negative", e.Netuid, m, height)
		}
	}
	return nil
}

// Place of the columns.
func (c *Columns) Place() Place { return PlaceOf(c.Netuid, c.Mechanism) }

// Place of the rows.
func (r *SubnetRows) Place() Place { return PlaceOf(r.Netuid, r.Mechanism) }

// Combine is what all mechanisms of a subnet found together: fractions are the mechanisms' own, weighted by the split and rounded
// down; emission is the sum, last_update the newest, active whoever is so in one. A column beyond the split has no
// weight. With one mechanism it is that mechanism's.
func Combine(split []uint32, columns []Columns) Columns {
	out := columns[0]
	if len(columns) == 1 {
		return out
	}
	n := len(out.LastUpdate)
	out.LastUpdate, out.Active, out.Emission = slices.Clone(out.LastUpdate), slices.Clone(out.Active), slices.Clone(out.Emission)
	for _, c := range columns[1:] {
		for uid := range n {
			out.LastUpdate[uid] = max(out.LastUpdate[uid], c.LastUpdate[uid])
			out.Active[uid] = out.Active[uid] || c.Active[uid]
			out.Emission[uid] += c.Emission[uid]
		}
	}
	for _, f := range []struct {
		of   func(c *Columns) []uint32
		into *[]uint32
	}{
		{func(c *Columns) []uint32 { return c.Consensus }, &out.Consensus},
		{func(c *Columns) []uint32 { return c.Incentive }, &out.Incentive},
		{func(c *Columns) []uint32 { return c.Dividends }, &out.Dividends},
		{func(c *Columns) []uint32 { return c.ValidatorTrust }, &out.ValidatorTrust},
	} {
		sums := make([]uint64, n)
		for m, bps := range split[:min(len(split), len(columns))] {
			for uid, v := range f.of(&columns[m]) {
				sums[uid] += uint64(bps) * uint64(v)
			}
		}
		*f.into = make([]uint32, n)
		for uid, sum := range sums {
			(*f.into)[uid] = uint32(sum / subnettypes.MaxBps)
		}
	}
	return out
}
