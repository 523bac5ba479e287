package exam

import (
	"fmt"
	"slices"

	"github.com/agon-chain/agon/wire"
)

// Opening shows one leaf under a committed root.
type Opening struct {
	Index uint32
	Leaf  []byte   // LeafSize bytes
	Path  [][]byte // siblings of 32 bytes, lowest first
}

// Tree holds a validator's receipts of one epoch in the layout that the chain expects.
type Tree struct {
	leaves [][]byte
	merkle *wire.MerkleTree
}

// usable keeps, for each uid and slot, the first leaf that fits the binding and whose receipt's own key signed it.
type usable map[[2]uint16]*Leaf

func sift(p Params, b Binding, leaves []Leaf) usable {
	u := make(usable)
	for i := range leaves {
		l := &leaves[i]
		at := [2]uint16{l.Nonce.UID(), l.Nonce.Slot()}
		if at[1] >= p.ReceiptsPerMiner || u[at] != nil || b.check(l, at[0], at[1]) != nil || l.Receipt.Verify(l.Receipt.ServiceKey) != nil {
			continue
		}
		u[at] = l
	}
	return u
}

func (u usable) missing(p Params, uid uint16) (slots []uint16) {
	for s := range p.ReceiptsPerMiner {
		if u[[2]uint16{uid, s}] == nil {
			slots = append(slots, s)
		}
	}
	return slots
}

// Missing lists the slots of a miner that no leaf fills yet. Leaves of other epochs, validators or miners are passed over.
func Missing(p Params, b Binding, uid uint16, leaves []Leaf) []uint16 {
	// Signatures are dear; those of other miners need no check here.
	own := make([]Leaf, 0, p.ReceiptsPerMiner)
	for i := range leaves {
		if leaves[i].Nonce.UID() == uid {
			own = append(own, leaves[i])
		}
	}
	return sift(p, b, own).missing(p, uid)
}

// Complete lists, ascending, the uids of which every slot is filled: those that may be given weight. Among other keys than
// the registered ones it does not tell; a client that accepts receipts under the registered key only has seen to that.
func Complete(p Params, b Binding, leaves []Leaf) []uint16 {
	u := sift(p, b, leaves)
	var uids []uint16
	for i := range leaves {
		uids = append(uids, leaves[i].Nonce.UID())
	}
	slices.Sort(uids)
	return slices.DeleteFunc(slices.Compact(uids), func(uid uint16) bool { return len(u.missing(p, uid)) > 0 })
}

// Build lays out the receipts of the miners examined (ascending by uid, from [Examined]), and passes over leaves that fit nowhere.
// Errors: [ErrParams], [ErrWeights] where examined is not strictly ascending, [ErrIncomplete] naming the first uid that lacks receipts.
func Build(p Params, b Binding, examined []Weight, leaves []Leaf) (*Tree, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	u := sift(p, b, leaves)
	t := &Tree{}
	for i, w := range examined {
		uid := w.UID
		if i > 0 && uid <= examined[i-1].UID {
			return nil, fmt.Errorf("%w: uid %d after %d, want ascending", ErrWeights, uid, examined[i-1].UID)
		}
		if slots := u.missing(p, uid); len(slots) > 0 {
			return nil, fmt.Errorf("%w: uid %d has %d of %d; ask it again or give it no weight", ErrIncomplete, uid, int(p.ReceiptsPerMiner)-len(slots), p.ReceiptsPerMiner)
		}
		for s := range p.ReceiptsPerMiner {
			t.leaves = append(t.leaves, u[[2]uint16{uid, s}].Encode())
		}
	}
	var err error
	if t.merkle, err = wire.NewMerkleTree(t.leaves); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParams, err)
	}
	return t, nil
}

// Root is what the commit binds.
func (t *Tree) Root() [32]byte { return t.merkle.Root() }

// Count is the number of leaves.
func (t *Tree) Count() uint32 { return uint32(len(t.leaves)) }

// Open shows the leaves drawn, in the order of the indices. Errors: [ErrOpeningIndex].
func (t *Tree) Open(indices []uint32) ([]Opening, error) {
	out := make([]Opening, 0, len(indices))
	for _, i := range indices {
		if i >= t.Count() {
			return nil, fmt.Errorf("%w: leaf %d of %d", ErrOpeningIndex, i, t.Count())
		}
		proof, err := t.merkle.Proof(int(i))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPath, err)
		}
		path := make([][]byte, len(proof))
		for k := range proof {
			path[k] = proof[k][:]
		}
		out = append(out, Opening{Index: i, Leaf: t.leaves[i], Path: path})
	}
	return out, nil
}
