package exam_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/stretchr/testify/require"
)

var (
	at       = time.UnixMilli(1_800_000_000_000)
	honest   = exam.Binding{ChainIDHash: wire.ChainIDHash("agon-test-1"), Netuid: 3, Hotkey: []byte("validator-address-20"), Epoch: 42}
	asked    = exam.Params{ReceiptsPerMiner: 4, Openings: 6}
	weighted = []exam.Weight{{UID: 9, Value: 100}, {UID: 2, Value: 65535}, {UID: 5, Value: 0}, {UID: 30, Value: 1}, {UID: 7, Value: 3}}
	blockA   = [32]byte{1}
)

func minerKey(t testing.TB, uid uint16) wire.ServiceKey {
	t.Helper()
	seed := bytes.Repeat([]byte{byte(uid), byte(uid >> 8)}, 16)
	k, err := wire.ServiceKeyFromSeed(seed)
	require.NoError(t, err)
	return k
}

func registered(t testing.TB) exam.ServiceKeys {
	return func(uid uint16) [][32]byte { return [][32]byte{minerKey(t, uid).Public()} }
}

// ask is one honest question to a miner and its receipt.
func ask(t testing.TB, b exam.Binding, uid, slot uint16, change func(*wire.Receipt)) exam.Leaf {
	t.Helper()
	l := exam.Leaf{Nonce: wire.NewExaminerNonce(uid, slot)}
	// Fixed nonces give fixed roots and so fixed draws: with six of sixteen leaves, two draws would now and then be equal.
	fixed := sha256.Sum256(fmt.Appendf(nil, "%x %d %d %d", b.Hotkey, b.Epoch, uid, slot))
	copy(l.Nonce[4:], fixed[4:])
	l.Receipt = wire.Receipt{
		ChainIDHash: b.ChainIDHash, Netuid: b.Netuid, QuestionHash: wire.BodyHash(fmt.Appendf(nil, "question %d %d", uid, slot)),
		Status: 200, ReceivedAt: at, FinishedAt: at,
	}
	l.Receipt.Tag = wire.ExaminerTag(b.Hotkey, b.Netuid, b.Mechanism, b.Epoch, l.Receipt.QuestionHash, l.Nonce)
	if change != nil {
		change(&l.Receipt)
	}
	require.NoError(t, l.Receipt.Sign(minerKey(t, uid)))
	return l
}

func askAll(t testing.TB, p exam.Params, b exam.Binding, examined []exam.Weight) []exam.Leaf {
	t.Helper()
	var out []exam.Leaf
	for _, w := range examined {
		for slot := range p.ReceiptsPerMiner {
			out = append(out, ask(t, b, w.UID, slot, nil))
		}
	}
	return out
}

// plant lays leaves out as a cheat would: in the order given, whatever they are.
func plant(t testing.TB, leaves []exam.Leaf) (root [32]byte, open func([]uint32) []exam.Opening) {
	t.Helper()
	raw := make([][]byte, len(leaves))
	for i := range leaves {
		raw[i] = leaves[i].Encode()
	}
	tree, err := wire.NewMerkleTree(raw)
	require.NoError(t, err)
	return tree.Root(), func(indices []uint32) []exam.Opening {
		var out []exam.Opening
		for _, i := range indices {
			path, err := tree.Proof(int(i))
			require.NoError(t, err)
			o := exam.Opening{Index: i, Leaf: raw[i]}
			for k := range path {
				o.Path = append(o.Path, path[k][:])
			}
			out = append(out, o)
		}
		return out
	}
}

// claimFor makes the commit and what the chain then knows.
func claimFor(p exam.Params, root, seed [32]byte) exam.Claim {
	c := exam.Commitment{Netuid: honest.Netuid, Hotkey: honest.Hotkey, Epoch: honest.Epoch, Version: 1, ReceiptsRoot: root, Weights: weighted, Salt: []byte("salt")}
	return exam.Claim{Params: p, Binding: honest, Root: root, Weights: weighted, CommitHash: c.Hash(), Seed: seed}
}

func drawn(t testing.TB, c exam.Claim) []uint32 {
	t.Helper()
	examined, err := exam.Examined(c.Weights, c.Skip...)
	require.NoError(t, err)
	return exam.Draw(c.Seed, c.CommitHash, c.Params, examined)
}

func TestHonestValidatorPasses(t *testing.T) {
	examined, err := exam.Examined(weighted)
	require.NoError(t, err)
	require.Equal(t, []exam.Weight{{2, 65535}, {7, 3}, {9, 100}, {30, 1}}, examined)
	for _, p := range []exam.Params{{1, 1}, {1, 64}, {4, 6}, {7, 28}, {7, 64}} {
		leaves := askAll(t, p, honest, examined)
		// Receipts come in any order, with others in between.
		leaves = append(leaves, ask(t, honest, 5, 0, nil), ask(t, honest, 9, p.ReceiptsPerMiner, nil), ask(t, honest, 9, 0, nil))
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
		tree, err := exam.Build(p, honest, examined, leaves)
		require.NoError(t, err)
		require.Equal(t, uint32(4*p.ReceiptsPerMiner), tree.Count())
		for s := range byte(20) {
			c := claimFor(p, tree.Root(), [32]byte{s})
			openings, err := tree.Open(drawn(t, c))
			require.NoError(t, err)
			require.Len(t, openings, int(min(tree.Count(), uint32(p.Openings))))
			require.NoError(t, exam.Verify(c, openings, registered(t)))
		}
	}
}

func TestDishonestValidatorsAreRefused(t *testing.T) {
	examined, err := exam.Examined(weighted)
	require.NoError(t, err)
	all := exam.Params{ReceiptsPerMiner: 4, Openings: 64} // opens every leaf, so that each fault is met
	other := honest
	other.Hotkey = []byte("another-validator-20")
	earlier := honest
	earlier.Epoch--
	chain := honest
	chain.ChainIDHash = wire.ChainIDHash("agon-2")
	subnet := honest
	subnet.Netuid++
	swap := func(l []exam.Leaf, i, j int) []exam.Leaf { l[i], l[j] = l[j], l[i]; return l }
	good := func() []exam.Leaf { return askAll(t, all, honest, examined) }
	for _, tc := range []struct {
		name   string
		leaves []exam.Leaf
		want   error
	}{
		{"receipts-of-another-validator", askAll(t, all, other, examined), exam.ErrTag},
		{"receipts-of-another-epoch", askAll(t, all, earlier, examined), exam.ErrTag},
		{"receipts-of-another-chain", askAll(t, all, chain, examined), exam.ErrChain},
		{"receipts-of-another-subnet", askAll(t, all, subnet, examined), exam.ErrNetuid},
		{"one-receipt-for-a-whole-miner", slices.Replace(good(), 1, 4, good()[0], good()[0], good()[0]), exam.ErrPlace},
		{"one-receipt-twice", slices.Replace(good(), 1, 2, good()[0]), exam.ErrPlace},
		{"half-of-the-receipts-repeated", slices.Replace(good(), 2, 4, good()[0], good()[1]), exam.ErrPlace},
		{"miners-swapped", swap(good(), 0, 4), exam.ErrPlace},
		{"slots-swapped", swap(good(), 0, 1), exam.ErrPlace},
		{"failed-call", slices.Replace(good(), 5, 6, ask(t, honest, 7, 1, func(r *wire.Receipt) { r.Status = 429 })), exam.ErrStatus},
		{"user-call", slices.Replace(good(), 5, 6, ask(t, honest, 7, 1, func(r *wire.Receipt) { r.Tag = wire.RandomTag() })), exam.ErrTag},
		{"question-changed-after", slices.Replace(good(), 5, 6, ask(t, honest, 7, 1, func(r *wire.Receipt) { r.QuestionHash[0] ^= 1 })), exam.ErrTag},
		{"signed-by-another-miner", func() []exam.Leaf {
			l := good()
			require.NoError(t, l[5].Receipt.Sign(minerKey(t, 2)))
			return l
		}(), exam.ErrServiceKey},
		{"signature-forged", func() []exam.Leaf { l := good(); l[5].Receipt.Signature[3] ^= 1; return l }(), exam.ErrSignature},
		{"answer-changed-after", func() []exam.Leaf { l := good(); l[5].Receipt.ResponseHash[3] ^= 1; return l }(), exam.ErrSignature},
		{"nonce-moved-to-another-slot", func() []exam.Leaf {
			l := good()
			l[1] = l[0]
			l[1].Nonce[3] = 1
			return l
		}(), exam.ErrTag},
		{"fewer-leaves", good()[:15], exam.ErrNotCommitted},
		{"more-leaves", append(good(), good()[0]), exam.ErrPath},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root, open := plant(t, tc.leaves)
			c := claimFor(all, root, blockA)
			var indices []uint32
			for i := range uint32(16) {
				indices = append(indices, min(i, uint32(len(tc.leaves))-1))
			}
			openings := open(indices)
			for i := range openings {
				openings[i].Index = uint32(i)
			}
			require.ErrorIs(t, exam.Verify(c, openings, registered(t)), tc.want)
		})
	}
}

func TestCopierWithoutReceipts(t *testing.T) {
	examined, err := exam.Examined(weighted)
	require.NoError(t, err)
	_, err = exam.Build(asked, honest, examined, nil)
	require.ErrorIs(t, err, exam.ErrIncomplete)
	theirs := askAll(t, asked, exam.Binding{ChainIDHash: honest.ChainIDHash, Netuid: honest.Netuid, Hotkey: []byte("x"), Epoch: honest.Epoch}, examined)
	_, err = exam.Build(asked, honest, examined, theirs)
	require.ErrorIs(t, err, exam.ErrIncomplete)

	c := claimFor(asked, wire.EmptyMerkleRoot(), blockA)
	require.ErrorIs(t, exam.Verify(c, nil, registered(t)), exam.ErrOpeningCount)
	fake := make([]exam.Opening, 6)
	for i, k := range drawn(t, c) {
		fake[i] = exam.Opening{Index: k}
	}
	require.ErrorIs(t, exam.Verify(c, fake, registered(t)), exam.ErrLeaf)
}

func TestVerifyRefusesOpenings(t *testing.T) {
	examined, err := exam.Examined(weighted)
	require.NoError(t, err)
	tree, err := exam.Build(asked, honest, examined, askAll(t, asked, honest, examined))
	require.NoError(t, err)
	for _, tc := range []struct {
		name   string
		change func(*exam.Claim, []exam.Opening) []exam.Opening
		want   error
	}{
		{"good", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { return o }, nil},
		{"none", func(*exam.Claim, []exam.Opening) []exam.Opening { return nil }, exam.ErrOpeningCount},
		{"too-few", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { return o[1:] }, exam.ErrOpeningCount},
		{"too-many", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { return append(o, o[0]) }, exam.ErrOpeningCount},
		{"one-twice", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { o[1] = o[0]; return o }, exam.ErrOpeningIndex},
		{"out-of-order", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { slices.Reverse(o); return o }, exam.ErrOpeningIndex},
		{"wrong-seed", func(c *exam.Claim, o []exam.Opening) []exam.Opening { c.Seed[31] ^= 1; return o }, exam.ErrOpeningIndex},
		{"other-commit", func(c *exam.Claim, o []exam.Opening) []exam.Opening { c.CommitHash[31] ^= 1; return o }, exam.ErrOpeningIndex},
		{"other-root", func(c *exam.Claim, o []exam.Opening) []exam.Opening { c.Root[0] ^= 1; return o }, exam.ErrNotCommitted},
		{"leaf-cut", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { o[0].Leaf = o[0].Leaf[1:]; return o }, exam.ErrLeaf},
		{"leaf-swapped", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { o[0].Leaf = o[1].Leaf; return o }, exam.ErrNotCommitted},
		{"path-cut", func(_ *exam.Claim, o []exam.Opening) []exam.Opening { o[0].Path = o[0].Path[1:]; return o }, exam.ErrPath},
		{"path-long", func(_ *exam.Claim, o []exam.Opening) []exam.Opening {
			o[0].Path = append(slices.Clone(o[0].Path), make([]byte, 32))
			return o
		}, exam.ErrPath},
		{"path-hash-cut", func(_ *exam.Claim, o []exam.Opening) []exam.Opening {
			o[0].Path[0] = o[0].Path[0][1:]
			return o
		}, exam.ErrPath},
		{"weight-added", func(c *exam.Claim, o []exam.Opening) []exam.Opening {
			c.Weights = append(slices.Clone(c.Weights), exam.Weight{UID: 1, Value: 1})
			return o
		}, exam.ErrOpeningIndex},
		{"uid-twice", func(c *exam.Claim, o []exam.Opening) []exam.Opening {
			c.Weights = append(slices.Clone(c.Weights), exam.Weight{UID: 2, Value: 0})
			return o
		}, exam.ErrWeights},
		{"params-out-of-bounds", func(c *exam.Claim, o []exam.Opening) []exam.Opening { c.Params.Openings = 65; return o }, exam.ErrParams},
		{"openings-switched-off-alone", func(c *exam.Claim, _ []exam.Opening) []exam.Opening { c.Params.Openings = 0; return nil }, exam.ErrParams},
		{"examination-off", func(c *exam.Claim, _ []exam.Opening) []exam.Opening { c.Params = exam.Params{}; return nil }, nil},
		{"examination-off-with-openings", func(c *exam.Claim, o []exam.Opening) []exam.Opening { c.Params = exam.Params{}; return o }, exam.ErrOpeningCount},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := claimFor(asked, tree.Root(), blockA)
			openings, err := tree.Open(drawn(t, c))
			require.NoError(t, err)
			openings = tc.change(&c, openings)
			require.ErrorIs(t, exam.Verify(c, openings, registered(t)), tc.want)
		})
	}
}

func TestNothingWeighed(t *testing.T) {
	tree, err := exam.Build(asked, honest, nil, nil)
	require.NoError(t, err)
	require.Equal(t, wire.EmptyMerkleRoot(), tree.Root())
	c := claimFor(asked, tree.Root(), blockA)
	c.Weights = []exam.Weight{{UID: 5, Value: 0}}
	require.NoError(t, exam.Verify(c, nil, registered(t)))
	c.Root[0] ^= 1
	require.ErrorIs(t, exam.Verify(c, nil, registered(t)), exam.ErrNotCommitted)
}

func TestSelfWeightNeedsNoReceiptsOnlyWhenSkipped(t *testing.T) {
	examined, err := exam.Examined(weighted, 7)
	require.NoError(t, err)
	require.Equal(t, []exam.Weight{{2, 65535}, {9, 100}, {30, 1}}, examined)
	tree, err := exam.Build(asked, honest, examined, askAll(t, asked, honest, examined))
	require.NoError(t, err)
	c := claimFor(asked, tree.Root(), blockA)
	c.Skip = []uint16{7}
	openings, err := tree.Open(drawn(t, c))
	require.NoError(t, err)
	require.NoError(t, exam.Verify(c, openings, registered(t)))
	c.Skip = nil
	require.Error(t, exam.Verify(c, openings, registered(t)))
}

// A miner that changes its key, or is replaced, must not void a reveal: the chain answers with both keys for a while.
func TestKeyRotation(t *testing.T) {
	examined, err := exam.Examined(weighted)
	require.NoError(t, err)
	tree, err := exam.Build(asked, honest, examined, askAll(t, asked, honest, examined))
	require.NoError(t, err)
	c := claimFor(asked, tree.Root(), blockA)
	openings, err := tree.Open(drawn(t, c))
	require.NoError(t, err)
	fresh := wire.NewServiceKey().Public()
	require.NoError(t, exam.Verify(c, openings, func(uid uint16) [][32]byte { return [][32]byte{fresh, minerKey(t, uid).Public()} }))
	require.ErrorIs(t, exam.Verify(c, openings, func(uint16) [][32]byte { return [][32]byte{fresh} }), exam.ErrServiceKey)
	require.ErrorIs(t, exam.Verify(c, openings, func(uint16) [][32]byte { return nil }), exam.ErrServiceKey)
}

func TestCompleteAndMissing(t *testing.T) {
	leaves := askAll(t, asked, honest, []exam.Weight{{2, 1}, {9, 1}})
	leaves = append(leaves, ask(t, honest, 7, 1, nil), ask(t, honest, 7, 3, nil), ask(t, honest, 7, 0, func(r *wire.Receipt) { r.Status = 500 }))
	forged := ask(t, honest, 7, 2, nil)
	forged.Receipt.Signature[0] ^= 1
	leaves = append(leaves, forged)
	require.Equal(t, []uint16{2, 9}, exam.Complete(asked, honest, leaves))
	require.Equal(t, []uint16{0, 2}, exam.Missing(asked, honest, 7, leaves))
	require.Empty(t, exam.Missing(asked, honest, 9, leaves))
	_, err := exam.Build(asked, honest, []exam.Weight{{9, 1}, {2, 1}}, leaves)
	require.ErrorIs(t, err, exam.ErrWeights)
	_, err = exam.Build(exam.Params{ReceiptsPerMiner: 257, Openings: 1}, honest, nil, nil)
	require.ErrorIs(t, err, exam.ErrParams)
	tree, err := exam.Build(asked, honest, []exam.Weight{{2, 1}, {9, 1}}, leaves)
	require.NoError(t, err)
	_, err = tree.Open([]uint32{8})
	require.ErrorIs(t, err, exam.ErrOpeningIndex)
}

func FuzzDecodeLeaf(f *testing.F) {
	l := ask(f, honest, 2, 1, nil)
	f.Add(l.Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := exam.DecodeLeaf(b)
		if err != nil {
			require.ErrorIs(t, err, exam.ErrLeaf)
			return
		}
		require.Equal(t, b, l.Encode())
	})
}

func FuzzVerifyOpening(f *testing.F) {
	examined, err := exam.Examined(weighted)
	require.NoError(f, err)
	p := exam.Params{ReceiptsPerMiner: 4, Openings: 1}
	tree, err := exam.Build(p, honest, examined, askAll(f, p, honest, examined))
	require.NoError(f, err)
	c := claimFor(p, tree.Root(), blockA)
	openings, err := tree.Open(drawn(f, c))
	require.NoError(f, err)
	good := openings[0]
	f.Add(good.Index, good.Leaf, bytes.Join(good.Path, nil), 32)
	f.Add(good.Index, good.Leaf, []byte{}, 0)
	f.Fuzz(func(t *testing.T, index uint32, leaf, path []byte, width int) {
		o := exam.Opening{Index: index, Leaf: leaf}
		for width > 0 && len(path) > 0 {
			n := min(width, len(path))
			o.Path, path = append(o.Path, path[:n]), path[n:]
		}
		if exam.Verify(c, []exam.Opening{o}, registered(t)) == nil {
			require.Equal(t, good, o, "only the committed opening may pass")
		}
	})
}
