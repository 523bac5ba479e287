package keeper

import (
	"context"
	"errors"
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
	j, err := k.judgeOf(ctx, m.Netuid, m.Hotkey)
	if err != nil {
		return err
	}
	epoch, err := k.EpochOf(ctx, m.Netuid)
	if err != nil {
		return err
	}
	if m.Epoch >= epoch.Index {
		return errorsmod.Wrapf(types.ErrTooEarly, "epoch %d is revealed in epoch %d, %d is running until height %d", m.Epoch, m.Epoch+1, epoch.Index, epoch.DueAt)
	}
	if m.Epoch+1 < epoch.Index {
		return errorsmod.Wrapf(types.ErrTooLate, "epoch %d was to be revealed in epoch %d, %d is running", m.Epoch, m.Epoch+1, epoch.Index)
	}
	key := collections.Join3(m.Netuid, m.Epoch, j.hotkey)
	commit, err := k.commits.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(types.ErrNoCommit, "hotkey %s, subnet %d, epoch %d", m.Hotkey, m.Netuid, m.Epoch)
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
	if err := types.ValidateWeights(m.Weights, j.subnet.NeuronCount, j.subnet.Hyperparams.MinWeights); err != nil {
		return err
	}
	gas := gasPerWeight*uint64(len(m.Weights)) + gasPerOpening*uint64(len(m.Openings))
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(gas, "reveal")

	if err := k.checkReveal(ctx, j, commit, m); err != nil {
		return err
	}
	row, err := k.stillThere(ctx, m.Netuid, types.Entries(m.Weights), commit.Height)
	if err != nil {
		return err
	}
	if err := k.removeCommit(ctx, key); err != nil {
		return err
	}
	if err := k.storeWeights(ctx, m.Netuid, j.uid, row, j.height); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventWeightsRevealed{
		Netuid: m.Netuid, Hotkey: m.Hotkey, Epoch: m.Epoch, Neurons: uint32(len(row)),
	})
}

// checkReveal compares the reveal with the promise and asks for the proof of examination.
func (k *Keeper) checkReveal(ctx context.Context, j judge, commit types.Commit, m *types.MsgRevealWeights) error {
	root := [types.HashSize]byte(wire.EmptyMerkleRoot())
	if len(m.ReceiptsRoot) == types.HashSize {
		root = [types.HashSize]byte(m.ReceiptsRoot)
	}
	weights := types.ExamWeights(m.Weights)
	promised := exam.Commitment{
		Netuid: uint16(m.Netuid), Hotkey: j.hotkey, Epoch: m.Epoch, Version: m.Version,
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
			Netuid:      uint16(m.Netuid), Hotkey: j.hotkey, Epoch: m.Epoch,
		},
		Root: root, Weights: weights, Skip: []uint16{uint16(j.uid)},
		CommitHash: promised, Seed: [types.HashSize]byte(commit.Seed),
	}
	openings := make([]exam.Opening, len(m.Openings))
	for i, o := range m.Openings {
		openings[i] = exam.Opening{Index: o.Index, Leaf: o.Leaf, Path: o.Path}
	}
	if err := exam.Verify(claim, openings, func(uid uint16) [][32]byte { return k.serviceKeys(ctx, m.Netuid, uint32(uid)) }); err != nil {
		return errorsmod.Wrap(types.ErrExamination, err.Error())
	}
	return nil
}

// serviceKeys are the keys under which whoever held a uid may have signed receipts in the epoch examined: the neuron's
// present and previous ones, and those of the neuron that lost the uid last.
func (k *Keeper) serviceKeys(ctx context.Context, netuid, uid uint32) [][32]byte {
	var keys [][32]byte
	if neuron, err := k.subnet.GetNeuron(ctx, netuid, uid); err == nil && neuron.Axon != nil {
		keys = appendKey(keys, neuron.Axon.ServiceKey)
		keys = appendKey(keys, neuron.Axon.PreviousServiceKey)
	}
	if retired, err := k.retired.Get(ctx, collections.Join(netuid, uid)); err == nil {
		for _, key := range retired.Keys {
			keys = appendKey(keys, key)
		}
	}
	return keys
}

func appendKey(keys [][32]byte, key []byte) [][32]byte {
	if len(key) != 32 {
		return keys
	}
	return append(keys, [32]byte(key))
}

// stillThere drops the weights on uids that changed hands after the promise: they were meant for whoever left.
func (k *Keeper) stillThere(ctx context.Context, netuid uint32, row []yuma.Entry, committed int64) ([]yuma.Entry, error) {
	registered, err := k.subnet.RegisteredAt(ctx, netuid)
	if err != nil {
		return nil, err
	}
	kept := row[:0]
	for _, e := range row {
		if int(e.UID) < len(registered) && registered[e.UID] <= uint64(committed) {
			kept = append(kept, e)
		}
	}
	return kept, nil
}
