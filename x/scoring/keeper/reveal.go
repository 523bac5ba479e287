package keeper

import (
	"context"
	"errors"
	"math"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// gasPerOpening is charged for each opening: a signature, a tag and a path of hashes.
const gasPerOpening = 4_000

// RevealWeights takes the weights that were promised in the epoch before, with what the seed drew of their receipts. A
// reveal that fails in one opening is refused whole; the commit stays and may be revealed again until the epoch ends.
func (k *Keeper) RevealWeights(ctx context.Context, m *types.MsgRevealWeights) error {
	if len(m.Salt) < types.MinSalt || len(m.Salt) > types.MaxSalt {
		return errorsmod.Wrapf(types.ErrInvalidField, "salt has %d bytes, from %d to %d", len(m.Salt), types.MinSalt, types.MaxSalt)
	}
	if len(m.ReceiptsRoot) != 0 && len(m.ReceiptsRoot) != types.HashSize {
		return errorsmod.Wrapf(types.ErrInvalidField, "receipts_root has %d bytes, must have %d or none", len(m.ReceiptsRoot), types.HashSize)
	}
	if len(m.Openings) > exam.MaxOpenings {
		return errorsmod.Wrapf(types.ErrInvalidField, "openings has %d entries, at most %d", len(m.Openings), exam.MaxOpenings)
	}
	j, err := k.judgeOf(ctx, m.Netuid, m.Mechanism, m.Hotkey)
	if err != nil {
		return err
	}
	epoch := j.epoch
	if m.Epoch >= epoch.Index {
		return errorsmod.Wrapf(types.ErrTooEarly, "epoch %d is revealed in epoch %d, %d is running until height %d", m.Epoch, m.Epoch+1, epoch.Index, epoch.DueAt)
	}
	if m.Epoch+1 < epoch.Index {
		return errorsmod.Wrapf(types.ErrTooLate, "epoch %d was to be revealed in epoch %d, %d is running", m.Epoch, m.Epoch+1, epoch.Index)
	}
	key := collections.Join3(uint64(j.at), m.Epoch, j.hotkey)
	commit, err := k.commits.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(types.ErrNoCommit, "hotkey %s, subnet %d, mechanism %d, epoch %d", j.hotkey, m.Netuid, m.Mechanism, m.Epoch)
	}
	if err != nil {
		return err
	}
	if len(commit.Seed) == 0 {
		return errorsmod.Wrapf(types.ErrTooEarly, "the commit of height %d is not drawn yet; reveal from the next block on", commit.Height)
	}
	if m.Version != commit.Version {
		return errorsmod.Wrapf(types.ErrWeightsVersion, "version is %d, the commit was made under %d", m.Version, commit.Version)
	}
	neurons := j.subnet.NeuronCount
	if j.subnet.TrimmedAt >= commit.Height {
		// Uids that the subnet had at the promise are gone: no reason to refuse it, what was promised on them is dropped.
		neurons = math.MaxUint16 + 1
	}
	if err := types.ValidateWeights(m.Weights, neurons, commit.MinWeights); err != nil {
		return err
	}
	gas := gasPerWeight*uint64(len(m.Weights)) + gasPerOpening*uint64(len(m.Openings))
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(gas, "reveal")

	stayed, err := k.stayedSince(ctx, m.Netuid, commit.Height)
	if err != nil {
		return err
	}
	if err := k.checkReveal(ctx, j, commit, m, stayed); err != nil {
		return err
	}
	if err := checkOutdated(m.Weights, j.uid, stayed); err != nil {
		return err
	}
	row := slices.DeleteFunc(types.Entries(m.Weights), func(e yuma.Entry) bool { return !stayed(e.UID) })
	if err := k.removeCommit(ctx, key); err != nil {
		return err
	}
	if err := k.storeWeights(ctx, j.at, j.uid, row, j.height); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventWeightsRevealed{
		Netuid: m.Netuid, Mechanism: m.Mechanism, Hotkey: j.hotkey.String(), Epoch: m.Epoch, Neurons: uint32(len(row)),
	})
}

// checkOutdated refuses weights of which too much would be dropped: what was examined must be what counts.
func checkOutdated(weights []types.Weight, self uint32, stayed func(uid uint16) bool) error {
	var gone, total uint64
	for _, w := range weights {
		if w.Uid == self {
			continue
		}
		total += uint64(w.Value)
		if !stayed(uint16(w.Uid)) {
			gone += uint64(w.Value)
		}
	}
	if types.Outdated(gone, total) {
		return errorsmod.Wrapf(types.ErrOutdated,
			"%d of %d of the weight is on uids that changed hands since the promise, at most a quarter may be; judge again in the next epoch", gone, total)
	}
	return nil
}

// checkReveal compares the reveal with the promise and asks for the proof of examination.
func (k *Keeper) checkReveal(ctx context.Context, j judge, commit types.Commit, m *types.MsgRevealWeights, stayed func(uid uint16) bool) error {
	root := [types.HashSize]byte(wire.EmptyMerkleRoot())
	if len(m.ReceiptsRoot) == types.HashSize {
		root = [types.HashSize]byte(m.ReceiptsRoot)
	}
	weights := types.ExamWeights(m.Weights)
	promised := exam.Commitment{
		Netuid: uint16(m.Netuid), Mechanism: uint8(m.Mechanism), Hotkey: j.hotkey, Epoch: m.Epoch, Version: m.Version,
		ReceiptsRoot: root, Weights: weights, Salt: m.Salt,
	}.Hash()
	if !slices.Equal(promised[:], commit.Hash) {
		return errorsmod.Wrapf(types.ErrHashMismatch,
			"weights, salt or receipts root differ from what was promised at height %d", commit.Height)
	}
	claim := exam.Claim{
		Params: exam.Params{ReceiptsPerMiner: uint16(commit.ExamReceipts), Openings: uint16(commit.ExamOpenings)},
		Binding: exam.Binding{
			ChainIDHash: wire.ChainIDHash(sdk.UnwrapSDKContext(ctx).ChainID()),
			Netuid:      uint16(m.Netuid), Mechanism: uint8(m.Mechanism), Hotkey: j.hotkey, Epoch: m.Epoch,
		},
		Root: root, Weights: weights, Skip: []uint16{uint16(j.uid)},
		CommitHash: promised, Seed: [types.HashSize]byte(commit.Seed),
	}
	openings := make([]exam.Opening, len(m.Openings))
	for i, o := range m.Openings {
		openings[i] = exam.Opening{Index: o.Index, Leaf: o.Leaf, Path: o.Path}
	}
	keys := func(uid uint16) [][32]byte {
		if !stayed(uid) {
			return keysShown(openings, uid)
		}
		return k.serviceKeys(ctx, m.Netuid, uint32(uid))
	}
	if err := exam.Verify(claim, openings, keys); err != nil {
		return errorsmod.Wrap(types.ErrExamination, err.Error())
	}
	return nil
}

// serviceKeys are the keys under which the neuron at a uid may have signed receipts in the epoch examined: its present and
// its previous one.
func (k *Keeper) serviceKeys(ctx context.Context, netuid, uid uint32) [][32]byte {
	neuron, err := k.subnet.GetNeuron(ctx, netuid, uid)
	if err != nil || neuron.Axon == nil {
		return nil
	}
	var keys [][32]byte
	for _, key := range [][]byte{neuron.Axon.ServiceKey, neuron.Axon.PreviousServiceKey} {
		if len(key) == 32 {
			keys = append(keys, [32]byte(key))
		}
	}
	return keys
}

// keysShown are the keys that signed the receipts shown of a uid. They count where the uid has changed hands since the
// promise: the weight on it is dropped and may not be much, so a receipt that the validator made up would gain nothing, and
// an honest validator must not lose its reveal because those who signed have left.
func keysShown(openings []exam.Opening, uid uint16) [][32]byte {
	var keys [][32]byte
	for _, o := range openings {
		if leaf, err := exam.DecodeLeaf(o.Leaf); err == nil && leaf.Nonce.UID() == uid {
			keys = append(keys, leaf.Receipt.ServiceKey)
		}
	}
	return keys
}

// stayedSince tells which uids are held by whoever held them before a height. Weights promised at that height on
// others were meant for whoever left; in a block where both happen nobody can tell who was meant.
func (k *Keeper) stayedSince(ctx context.Context, netuid uint32, height int64) (func(uid uint16) bool, error) {
	registered, err := k.subnet.RegisteredAt(ctx, netuid)
	if err != nil {
		return nil, err
	}
	return func(uid uint16) bool { return int(uid) < len(registered) && registered[uid] < uint64(height) }, nil
}
