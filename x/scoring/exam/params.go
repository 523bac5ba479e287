package exam

import "fmt"

// Bounds on what a subnet may ask.
const (
	MaxReceiptsPerMiner = 256
	MaxOpenings         = 64
)

// Params are what a subnet asks of its validators. Both zero switch examination off.
type Params struct {
	ReceiptsPerMiner uint16 // receipts wanted of each miner weighed, per epoch
	Openings         uint16 // leaves opened at a reveal; all of them where there are fewer
}

// Validate refuses bounds exceeded, and receipts without openings or openings without receipts: those would look like an
// examination and be none. Errors: [ErrParams].
func (p Params) Validate() error {
	if p.ReceiptsPerMiner > MaxReceiptsPerMiner {
		return fmt.Errorf("%w: receipts per miner %d, at most %d", ErrParams, p.ReceiptsPerMiner, MaxReceiptsPerMiner)
	}
	if p.Openings > MaxOpenings {
		return fmt.Errorf("%w: openings %d, at most %d", ErrParams, p.Openings, MaxOpenings)
	}
	if (p.ReceiptsPerMiner == 0) != (p.Openings == 0) {
		return fmt.Errorf("%w: receipts per miner %d and openings %d, want both zero or neither", ErrParams, p.ReceiptsPerMiner, p.Openings)
	}
	return nil
}

// Off says whether nothing is examined.
func (p Params) Off() bool { return p.ReceiptsPerMiner == 0 }

// place is the uid and slot of the index-th leaf: miners ascending by uid, r leaves each.
func (p Params) place(examined []Weight, index uint32) (uid, slot uint16) {
	r := uint32(p.ReceiptsPerMiner)
	return examined[index/r].UID, uint16(index % r)
}

func (p Params) leaves(examined []Weight) uint32 {
	return uint32(len(examined)) * uint32(p.ReceiptsPerMiner)
}
