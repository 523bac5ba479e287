package keeper

import (
	"context"
	"math"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// gasPerWeight is charged for each weight: what an epoch later pays to read and rank it.
const gasPerWeight = 100

// judge is a hotkey with a uid in the subnet that it judges, in one of its mechanisms.
type judge struct {
	at     types.Place
	epoch  types.Epoch
	hotkey sdk.AccAddress
	uid    uint32
	subnet subnettypes.Subnet
	height int64
}

// judgeOf checks what every way of setting weights asks for: a uid in a subnet that runs, and a mechanism that the running epoch has. The
// signer is the hotkey or the key that took its place; all that is kept and bound is under the hotkey.
func (k *Keeper) judgeOf(ctx context.Context, netuid, mechanism uint32, signer string) (judge, error) {
	address, err := sdk.AccAddressFromBech32(signer)
	if err != nil {
		return judge{}, errorsmod.Wrapf(types.ErrInvalidField, "hotkey %q: %s", signer, err)
	}
	if text := address.String(); text != signer {
		return judge{}, errorsmod.Wrapf(types.ErrInvalidField, "hotkey %.128q: write it as %s", signer, text)
	}
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return judge{}, err
	}
	if err := subnet.CheckLive(); err != nil {
		return judge{}, err
	}
	if address, err = k.subnet.SignsFor(ctx, address); err != nil {
		return judge{}, err
	}
	uid, err := k.subnet.UIDOf(ctx, netuid, address)
	if err != nil {
		return judge{}, err
	}
	if subnet.StartedAt == 0 {
		return judge{}, errorsmod.Wrapf(types.ErrNotStarted, "netuid %d was created at block %d; weights are taken once its owner %s has started it", netuid, subnet.CreatedAt, subnet.Owner)
	}
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return judge{}, err
	}
	if err := hasMechanism(epoch, mechanism); err != nil {
		return judge{}, err
	}
	return judge{
		at: types.PlaceOf(netuid, mechanism), epoch: epoch, hotkey: address, uid: uid, subnet: subnet,
		height: sdk.UnwrapSDKContext(ctx).BlockHeight(),
	}, nil
}

// checkStake asks for stake that counts. It is asked for when weights are promised or set; a reveal keeps a promise, which
// neither the owner nor backers can make void in between, and an epoch counts no stake under the threshold anyway.
func (k *Keeper) checkStake(ctx context.Context, j judge) error {
	have, err := k.stake.StakeOf(ctx, j.at.Netuid(), j.uid, j.hotkey)
	if err != nil {
		return err
	}
	if least := max(1, j.subnet.Hyperparams.StakeThreshold); have < least {
		return errorsmod.Wrapf(types.ErrStakeTooLow,
			"hotkey %s has %d base units of stake that counts in subnet %d, at least %d; stake with: agond tx stake add-stake", j.hotkey, have, j.at.Netuid(), least)
	}
	return nil
}

// SetWeights sets weights at once, where the subnet does not ask to promise them first.
func (k *Keeper) SetWeights(ctx context.Context, m *types.MsgSetWeights) error {
	j, err := k.judgeOf(ctx, m.Netuid, m.Mechanism, m.Hotkey)
	if err != nil {
		return err
	}
	if err := k.checkStake(ctx, j); err != nil {
		return err
	}
	h := j.subnet.Hyperparams
	if h.CommitReveal {
		return errorsmod.Wrapf(types.ErrCommitReveal, "subnet %d asks to promise weights first: commit now, reveal in the next epoch", m.Netuid)
	}
	if m.Version != h.WeightsVersion {
		return errorsmod.Wrapf(types.ErrWeightsVersion, "version is %d, the subnet judges by %d; update the validator", m.Version, h.WeightsVersion)
	}
	if err := types.ValidateWeights(m.Weights, j.subnet.NeuronCount, h.MinWeights); err != nil {
		return err
	}
	last, err := k.column64(ctx, j.at, types.LastUpdateColumn, int(j.uid)+1)
	if err != nil {
		return err
	}
	if at := last[j.uid]; at != 0 && uint64(j.height) < at+h.WeightsInterval {
		return errorsmod.Wrapf(types.ErrTooEarly, "weights were set at height %d, again from height %d", at, at+h.WeightsInterval)
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(gasPerWeight*uint64(len(m.Weights)), "weights")
	if err := k.storeWeights(ctx, j.at, j.uid, types.Entries(m.Weights), j.height); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventWeightsSet{
		Netuid: m.Netuid, Mechanism: m.Mechanism, Hotkey: j.hotkey.String(), Neurons: uint32(len(m.Weights)),
	})
}

// storeWeights replaces a validator's row and records when. A row that lost all its entries is not stored.
func (k *Keeper) storeWeights(ctx context.Context, at types.Place, uid uint32, row []yuma.Entry, height int64) error {
	key := collections.Join(uint64(at), uid)
	if len(row) == 0 {
		if err := k.weights.Remove(ctx, key); err != nil {
			return err
		}
		return k.setLastUpdate(ctx, at, uid, height)
	}
	if err := k.weights.Set(ctx, key, packRow(row)); err != nil {
		return err
	}
	return k.setLastUpdate(ctx, at, uid, height)
}

// rows reads a table of rows of one mechanism into a list by uid; a uid without a row has none.
func rows(ctx context.Context, table rowTable, at types.Place, n int) ([][]yuma.Entry, error) {
	out := make([][]yuma.Entry, n)
	err := table.Walk(ctx, collections.NewPrefixedPairRange[uint64, uint32](uint64(at)), func(key collections.Pair[uint64, uint32], bz []byte) (bool, error) {
		uid := key.K2()
		if uid >= uint32(n) || n > math.MaxUint16+1 {
			return true, types.ErrBroken.Wrapf("netuid %d, mechanism %d: row of uid %d, the subnet has %d neurons", at.Netuid(), at.Mechanism(), uid, n)
		}
		out[uid] = unpackRow(bz)
		return false, nil
	})
	return out, err
}
