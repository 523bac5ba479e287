package exam

import (
	"errors"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/wire"
)

// Claim is what the chain knows when weights are revealed.
type Claim struct {
	Params     Params
	Binding    Binding
	Root       [32]byte // ReceiptsRoot of the commit
	Weights    []Weight // as revealed
	Skip       []uint16 // uids whose weight needs no receipts: the validator's own, see Examined
	CommitHash [32]byte // Commitment.Hash, already compared with what was committed
	Seed       [32]byte // hash of the block after the commit
}

// ServiceKeys gives every service key under which the miner at uid may have signed in the epoch examined: its present one,
// and a previous one where key or miner changed since, or else a miner could void a validator's reveal by changing keys. None: nil.
type ServiceKeys func(uid uint16) [][32]byte

// Verify says whether the openings prove the examination that the weights need. How many leaves there are, which miner each belongs
// to and which are drawn follows from the claim: the claimant chooses none of it. The work is bounded by Params.Openings
// signature checks, paths of wire.MaxMerkleDepth and walks over the weights. Errors: the sentinels of this package, each naming leaf, uid and slot.
func Verify(c Claim, openings []Opening, keys ServiceKeys) error {
	if err := c.Params.Validate(); err != nil {
		return err
	}
	if c.Params.Off() {
		return countOpenings(openings, 0)
	}
	examined, err := Examined(c.Weights, c.Skip...)
	if err != nil {
		return err
	}
	count := c.Params.leaves(examined)
	drawn := Draw(c.Seed, c.CommitHash, c.Params, examined)
	if err := countOpenings(openings, len(drawn)); err != nil {
		return err
	}
	if count == 0 && c.Root != wire.EmptyMerkleRoot() {
		return fmt.Errorf("%w: no miner is weighed, want the root of no leaves", ErrNotCommitted)
	}
	for i := range openings {
		if openings[i].Index != drawn[i] {
			return fmt.Errorf("%w: opening %d is of leaf %d, drawn was %d", ErrOpeningIndex, i, openings[i].Index, drawn[i])
		}
		uid, slot := c.Params.place(examined, drawn[i])
		if err := c.verifyOpening(&openings[i], uid, slot, count, keys); err != nil {
			return err
		}
	}
	return nil
}

func countOpenings(openings []Opening, want int) error {
	if len(openings) != want {
		return fmt.Errorf("%w: %d, want %d", ErrOpeningCount, len(openings), want)
	}
	return nil
}

// verifyOpening checks cheap things first: shape, place, tag and path, then the one signature.
func (c *Claim) verifyOpening(o *Opening, uid, slot uint16, count uint32, keys ServiceKeys) error {
	leaf, err := DecodeLeaf(o.Leaf)
	if err != nil {
		return fmt.Errorf("leaf %d: %w", o.Index, err)
	}
	if want := wire.MerklePathLen(o.Index, count); len(o.Path) != want {
		return fmt.Errorf("%w: leaf %d: %d hashes, want %d", ErrPath, o.Index, len(o.Path), want)
	}
	path := make([]wire.Hash, len(o.Path))
	for i, p := range o.Path {
		if len(p) != wire.HashSize {
			return fmt.Errorf("%w: leaf %d: hash %d has %d bytes, want %d", ErrPath, o.Index, i, len(p), wire.HashSize)
		}
		copy(path[i][:], p)
	}
	if err := wire.VerifyMerkle(c.Root, o.Leaf, o.Index, count, path); err != nil {
		if errors.Is(err, wire.ErrProofBounds) {
			return fmt.Errorf("%w: %w", ErrPath, err)
		}
		return fmt.Errorf("%w: leaf %d of %d (uid %d slot %d)", ErrNotCommitted, o.Index, count, uid, slot)
	}
	if err := c.Binding.check(&leaf, uid, slot); err != nil {
		return fmt.Errorf("leaf %d: %w", o.Index, err)
	}
	if !slices.Contains(keys(uid), [32]byte(leaf.Receipt.ServiceKey)) {
		return fmt.Errorf("%w: leaf %d: uid %d, key %s", ErrServiceKey, o.Index, uid, leaf.Receipt.ServiceKey)
	}
	if err := leaf.Receipt.Verify(leaf.Receipt.ServiceKey); err != nil {
		return fmt.Errorf("%w: leaf %d: uid %d slot %d", ErrSignature, o.Index, uid, slot)
	}
	return nil
}
