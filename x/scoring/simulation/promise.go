package simulation

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/types"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxPromises is how many promises are remembered; older ones have expired.
const maxPromises = 200

// promise is what a validator keeps between its commit and its reveal.
type promise struct {
	hotkey   sdk.AccAddress
	params   exam.Params
	examined []exam.Weight
	tree     *exam.Tree
	hash     [32]byte
	reveal   types.MsgRevealWeights // without openings
}

func (m *maker) commitWeights(w *chance.World) *types.MsgCommitWeights {
	s, hotkey, ok := m.judge(w)
	if !ok {
		return nil
	}
	epoch, err := m.k.EpochOf(w.Ctx, s.Netuid)
	if err != nil {
		return nil
	}
	out := &types.MsgCommitWeights{Hotkey: m.Signer(w, hotkey).String(), Netuid: s.Netuid, Epoch: epoch.Index, Mechanism: mechanism(w, epoch)}
	if w.OneIn(12) { // a promise that nobody can keep
		out.Hash = w.Bytes(int(chance.Pick(w.Dice, []uint64{types.HashSize, types.HashSize - 1, 0})))
		out.Epoch += w.Below(3) - 1
		return out
	}
	p, err := m.promise(w, s, hotkey, epoch.Index, out.Mechanism)
	if err != nil {
		return nil // weights that no tree of receipts can be made for
	}
	out.Hash = p.hash[:]
	m.promises = append(m.promises, p)
	m.promises = m.promises[max(0, len(m.promises)-maxPromises):]
	return out
}

// promise judges a subnet, with receipts of those that serve where the subnet examines.
func (m *maker) promise(w *chance.World, s subnettypes.Subnet, hotkey sdk.AccAddress, epoch uint64, mechanism uint32) (promise, error) {
	h := s.Hyperparams
	p := promise{hotkey: hotkey, params: exam.Params{ReceiptsPerMiner: uint16(h.ExamReceipts), Openings: uint16(h.ExamOpenings)}}
	weights := row(w, s)
	binding := exam.Binding{
		ChainIDHash: wire.ChainIDHash(sdk.UnwrapSDKContext(w.Ctx).ChainID()),
		Netuid:      uint16(s.Netuid), Mechanism: uint8(mechanism), Hotkey: hotkey, Epoch: epoch,
	}
	var leaves []exam.Leaf
	if !p.params.Off() {
		weights = slices.DeleteFunc(weights, func(x types.Weight) bool { return !m.serves(w, s.Netuid, x.Uid) && !w.OneIn(30) })
		for _, x := range weights {
			leaves = append(leaves, m.receipts(w, binding, x.Uid, p.params.ReceiptsPerMiner)...)
		}
		self, _ := m.K.UIDOf(w.Ctx, s.Netuid, hotkey)
		examined, err := exam.Examined(types.ExamWeights(weights), uint16(self))
		if err != nil {
			return p, err
		}
		p.examined = examined
	}
	tree, err := exam.Build(p.params, binding, p.examined, leaves)
	if err != nil {
		return p, err
	}
	p.tree = tree
	root := tree.Root()
	p.reveal = types.MsgRevealWeights{
		Hotkey: hotkey.String(), Netuid: s.Netuid, Mechanism: mechanism, Epoch: epoch, Version: h.WeightsVersion, Weights: weights,
		Salt: w.Bytes(types.MinSalt), ReceiptsRoot: root[:],
	}
	p.hash = exam.Commitment{
		Netuid: uint16(s.Netuid), Mechanism: uint8(mechanism), Hotkey: hotkey, Epoch: epoch, Version: h.WeightsVersion,
		ReceiptsRoot: root, Weights: types.ExamWeights(weights), Salt: p.reveal.Salt,
	}.Hash()
	return p, nil
}

// key is that with which a neuron signs receipts now; false if it serves none of the keys that tests know.
func (m *maker) key(w *chance.World, netuid, uid uint32) (key wire.ServiceKey, ok bool) {
	n, err := m.K.GetNeuron(w.Ctx, netuid, uid)
	if err != nil || n.Axon == nil {
		return key, false
	}
	hotkey, err := sdk.AccAddressFromBech32(n.Hotkey)
	if err != nil {
		return key, false
	}
	for i := range subnetsim.Keys {
		key = subnetsim.ServiceKey(hotkey, i)
		if public := key.Public(); slices.Equal(public[:], n.Axon.ServiceKey) {
			return key, true
		}
	}
	return key, false
}

func (m *maker) serves(w *chance.World, netuid, uid uint32) bool {
	_, ok := m.key(w, netuid, uid)
	return ok
}

// receipts are what a neuron signs for a validator in an epoch.
func (m *maker) receipts(w *chance.World, b exam.Binding, uid uint32, count uint16) []exam.Leaf {
	key, ok := m.key(w, uint32(b.Netuid), uid)
	if !ok {
		key = subnetsim.ServiceKey(b.Hotkey, 0)
	}
	var out []exam.Leaf
	for slot := range count {
		// The nonce's own bytes are random: fixed ones give the same tree in every run.
		leaf := exam.Leaf{Nonce: wire.NewExaminerNonce(uint16(uid), slot)}
		fixed := sha256.Sum256(fmt.Appendf(nil, "%x %d %d %d %d %d", b.Hotkey, b.Netuid, b.Mechanism, b.Epoch, uid, slot))
		copy(leaf.Nonce[4:], fixed[4:])
		leaf.Receipt = wire.Receipt{
			ChainIDHash: b.ChainIDHash, Netuid: b.Netuid, QuestionHash: wire.BodyHash(fixed[:]),
			Status: 200, ReceivedAt: time.UnixMilli(1000), FinishedAt: time.UnixMilli(2000),
		}
		leaf.Receipt.Tag = wire.ExaminerTag(b.Hotkey, b.Netuid, b.Mechanism, b.Epoch, leaf.Receipt.QuestionHash, leaf.Nonce)
		if err := leaf.Receipt.Sign(key); err == nil {
			out = append(out, leaf)
		}
	}
	return out
}

// revealWeights keeps one of the promises, now and then another than was made.
func (m *maker) revealWeights(w *chance.World) *types.MsgRevealWeights {
	if len(m.promises) == 0 {
		return nil
	}
	p := chance.Pick(w.Dice, m.promises)
	// Most promises are too young or too old: look for one whose time it is.
	for range 8 {
		if e, err := m.k.EpochOf(w.Ctx, p.reveal.Netuid); err == nil && e.Index == p.reveal.Epoch+1 {
			break
		}
		p = chance.Pick(w.Dice, m.promises)
	}
	msg := p.reveal
	for _, index := range m.drawn(w, p) {
		shown, err := p.tree.Open([]uint32{index})
		if err != nil {
			return nil
		}
		msg.Openings = append(msg.Openings, types.Opening{Index: shown[0].Index, Leaf: shown[0].Leaf, Path: shown[0].Path})
	}
	switch w.Below(40) {
	case 0:
		msg.Salt = w.Bytes(w.Intn(types.MaxSalt + 2))
	case 1:
		msg.Openings = msg.Openings[:w.Intn(len(msg.Openings)+1)]
	case 2:
		msg.Weights = slices.Clone(msg.Weights[:w.Intn(len(msg.Weights)+1)])
	case 3:
		msg.Version = w.Edge()
	}
	return &msg
}

// drawn are the leaves that the seed of a commit asks for; none before the seed is there.
func (m *maker) drawn(w *chance.World, p promise) []uint32 {
	res, err := m.query.Commits(w.Ctx, &types.QueryCommitsRequest{Netuid: p.reveal.Netuid, Hotkey: p.hotkey.String()})
	if err != nil {
		return nil
	}
	for _, c := range res.Commits {
		if c.Epoch == p.reveal.Epoch && len(c.Seed) == types.HashSize {
			return exam.Draw([32]byte(c.Seed), p.hash, p.params, p.examined)
		}
	}
	return nil
}
