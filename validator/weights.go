package validator

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// saltSize of a commit, in bytes; the chain takes 16 to 64.
const saltSize = 32

// Eligible are the neurons that may be given weight: those with every receipt that the subnet asks for, or, where it asks for
// none, those that serve. Never the validator itself.
func Eligible(r RowRequest) []chain.Neuron {
	complete := exam.Complete(r.Params, r.Binding, r.Leaves)
	var out []chain.Neuron
	for _, n := range r.View.Metagraph.Neurons {
		ok := slices.Contains(complete, n.UID)
		if r.Params.Off() {
			ok = n.URL != ""
		}
		if ok && n.UID != r.UID {
			out = append(out, n)
		}
	}
	return out
}

// leavesOf are an epoch's receipts from those that hold their uids now: a newcomer must not profit from what its predecessor signed.
func leavesOf(v *View, records []LeafRecord) []exam.Leaf {
	var out []exam.Leaf
	for _, r := range records {
		if n, ok := v.Metagraph.Neuron(r.Leaf.Nonce.UID()); ok && n.RegisteredAt == r.RegisteredAt {
			out = append(out, r.Leaf)
		}
	}
	return out
}

// pad names neurons with weight 0 until the row has as many as the subnet asks for: they weigh nothing and need no receipts.
func pad(weights []exam.Weight, least, neurons uint32) []exam.Weight {
	out := slices.Clone(weights)
	named := map[uint16]bool{}
	for _, w := range out {
		named[w.UID] = true
	}
	for uid := uint16(0); uint32(uid) < neurons && uint32(len(out)) < min(least, neurons); uid++ {
		if !named[uid] {
			out = append(out, exam.Weight{UID: uid})
		}
	}
	slices.SortFunc(out, func(a, b exam.Weight) int { return int(a.UID) - int(b.UID) })
	return out
}

// newCommit makes everything that a commit binds, and the receipts in the order of their tree. It fails rather than promise what could
// could not be revealed: the examiner of the chain is asked first, under a seed of zeros.
func newCommit(r RowRequest, row Row) (CommitRecord, [][]byte, error) {
	h := r.View.Subnet.Hyperparams
	c := CommitRecord{
		Epoch: r.Binding.Epoch, UID: r.UID, Version: h.WeightsVersion, Params: r.Params, Status: Prepared,
		Weights: pad(row.Weights, h.MinWeights, uint32(len(r.View.Metagraph.Neurons))), Salt: make([]byte, saltSize),
	}
	rand.Read(c.Salt) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	examined, err := exam.Examined(c.Weights, r.UID)
	if err != nil {
		return c, nil, err
	}
	root := wire.EmptyMerkleRoot()
	var leaves [][]byte
	if !r.Params.Off() {
		tree, err := exam.Build(r.Params, r.Binding, examined, row.Leaves)
		if err != nil {
			return c, nil, err
		}
		root = tree.Root()
		if leaves, err = treeLeaves(tree); err != nil {
			return c, nil, err
		}
	}
	c.Root = root[:]
	hash := exam.Commitment{
		Netuid: r.Self.Netuid, Mechanism: r.Self.Mechanism, Hotkey: r.Self.Hotkey, Epoch: c.Epoch, Version: c.Version,
		ReceiptsRoot: root, Weights: c.Weights, Salt: c.Salt,
	}.Hash()
	c.Hash = hash[:]
	return c, leaves, nil
}

// treeLeaves reads a tree's leaves back by opening all of them.
func treeLeaves(tree *exam.Tree) ([][]byte, error) {
	all := make([]uint32, tree.Count())
	for i := range all {
		all[i] = uint32(i)
	}
	openings, err := tree.Open(all)
	if err != nil {
		return nil, err
	}
	leaves := make([][]byte, len(openings))
	for i, o := range openings {
		leaves[i] = o.Leaf
	}
	return leaves, nil
}

// openings answers the draw for a commit with the receipts that were kept for it.
func openings(self Self, c CommitRecord, seed []byte, drawn uint16, stored [][]byte) ([]exam.Opening, error) {
	if c.Params.Off() {
		return nil, nil
	}
	if len(seed) != 32 || len(c.Hash) != 32 {
		return nil, fmt.Errorf("seed has %d bytes and the commit's hash %d, want 32", len(seed), len(c.Hash))
	}
	leaves := make([]exam.Leaf, 0, len(stored))
	for i, raw := range stored {
		leaf, err := exam.DecodeLeaf(raw)
		if err != nil {
			return nil, fmt.Errorf("receipt %d of epoch %d: %w", i, c.Epoch, err)
		}
		leaves = append(leaves, leaf)
	}
	examined, err := exam.Examined(c.Weights, c.UID)
	if err != nil {
		return nil, err
	}
	tree, err := exam.Build(c.Params, self.Binding(c.Epoch), examined, leaves)
	if err != nil {
		return nil, err
	}
	if root := tree.Root(); string(root[:]) != string(c.Root) {
		return nil, fmt.Errorf("%w: receipts of epoch %d have root %x, %x was committed", ErrStore, c.Epoch, root, c.Root)
	}
	asked := exam.Params{ReceiptsPerMiner: c.Params.ReceiptsPerMiner, Openings: drawn}
	return tree.Open(exam.Draw([32]byte(seed), [32]byte(c.Hash), asked, examined))
}
