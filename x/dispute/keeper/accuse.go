package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// accuse opens a case: the bench is seated and a part of the miner's collateral stays held.
func (k *Keeper) accuse(ctx context.Context, m *types.MsgAccuse) (types.Case, error) {
	if err := m.ValidateBasic(); err != nil {
		return types.Case{}, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return types.Case{}, err
	}
	if m.Log10E < p.MinEvidence {
		return types.Case{}, errorsmod.Wrapf(types.ErrInvalidAccusation, "log10_e is %d, min_evidence is %d thousandths: ask the miner more first", m.Log10E, p.MinEvidence)
	}
	accuser, err := k.signsFor(ctx, m.Hotkey)
	if err != nil {
		return types.Case{}, err
	}
	s, err := k.subnet.LiveSubnet(ctx, m.Netuid)
	if err != nil {
		return types.Case{}, err
	}
	by, err := k.neuron(ctx, m.Netuid, accuser)
	if err != nil {
		return types.Case{}, err
	}
	miner, err := subnettypes.ParseHotkey("miner", m.Miner)
	if err != nil {
		return types.Case{}, err
	}
	accused, err := k.neuron(ctx, m.Netuid, miner)
	if err != nil {
		return types.Case{}, err
	}
	if err := k.mayAccuse(ctx, p, accuser, by, accused); err != nil {
		return types.Case{}, err
	}
	stake, err := k.validators(ctx, s)
	if err != nil {
		return types.Case{}, err
	}
	if int(by.Uid) >= len(stake) || stake[by.Uid] == 0 {
		return types.Case{}, k.notValidator(ctx, s, by)
	}
	id, err := k.next.Get(ctx)
	if err != nil {
		return types.Case{}, err
	}
	bench, weight, err := k.seatBench(ctx, id, s, stake, accused, p.MinJudges)
	if err != nil {
		return types.Case{}, err
	}
	held, err := k.subnet.HoldDisputed(ctx, m.Netuid, miner, p.SlashBps)
	if err != nil {
		return types.Case{}, err
	}
	terms := p.TermsAt(height(ctx))
	c := types.Case{
		Id: id, Netuid: m.Netuid, Miner: accused.Hotkey, Accuser: by.Hotkey, Evidence: m.Evidence, Log10E: m.Log10E, Reason: m.Reason,
		OpenedAt: height(ctx), Terms: terms, Held: held, Judges: uint32(len(bench)), Weight: weight,
		DueAt: terms.RevealUntil, Status: types.CaseStatus_CASE_STATUS_OPEN,
	}
	for _, j := range bench {
		if err := k.putJudge(ctx, j); err != nil {
			return types.Case{}, err
		}
	}
	if err := k.putCase(ctx, c); err != nil {
		return types.Case{}, err
	}
	if err := k.next.Set(ctx, id+1); err != nil {
		return types.Case{}, err
	}
	return c, emit(ctx, &types.EventCaseOpened{
		CaseId: id, Netuid: c.Netuid, Miner: c.Miner, Accuser: c.Accuser, Evidence: c.Evidence, Log10E: c.Log10E,
		Held: held, Judges: c.Judges, CommitUntil: terms.CommitUntil, RevealUntil: terms.RevealUntil,
	})
}

// mayAccuse refuses an accuser that has to wait, and a miner that cannot be accused now.
func (k *Keeper) mayAccuse(ctx context.Context, p types.Params, accuser sdk.AccAddress, by, accused subnettypes.Neuron) error {
	switch {
	case by.Owner == accused.Owner:
		return errorsmod.Wrapf(types.ErrOwnMiner, "%s and %s belong to %s: the case would only keep others from opening one", by.Hotkey, accused.Hotkey, by.Owner)
	case accused.Axon == nil:
		return errorsmod.Wrapf(types.ErrServesNothing, "%s of netuid %d never published an endpoint, so it said nothing", accused.Hotkey, accused.Netuid)
	}
	miner, err := subnettypes.ParseHotkey("miner", accused.Hotkey)
	if err != nil {
		return err
	}
	id, err := k.OpenCase(ctx, accused.Netuid, miner)
	if err != nil {
		return err
	}
	if id != 0 {
		return errorsmod.Wrapf(types.ErrCaseOpen, "case %d; its bench judges by what each has seen itself", id)
	}
	until, err := k.barredUntil(ctx, accuser)
	if err != nil {
		return err
	}
	if until != 0 {
		return errorsmod.Wrapf(types.ErrBarred, "%s can accuse again from block %d, this is block %d", by.Hotkey, until, height(ctx))
	}
	cases, err := k.openOf(ctx, accuser)
	if err != nil {
		return err
	}
	if len(cases) >= int(p.MaxOpenCases) {
		return errorsmod.Wrapf(types.ErrTooManyCases, "%s has %d open cases, max_open_cases is %d; wait for one to end", by.Hotkey, len(cases), p.MaxOpenCases)
	}
	return nil
}

// notValidator says why an accuser is none.
func (k *Keeper) notValidator(ctx context.Context, s subnettypes.Subnet, by subnettypes.Neuron) error {
	permits, err := k.scoring.Permits(ctx, s.Netuid)
	if err != nil {
		return err
	}
	if int(by.Uid) < len(permits) && permits[by.Uid] {
		return errorsmod.Wrapf(types.ErrBelowThreshold, "%s has less than %d behind it (stake_threshold of netuid %d)", by.Hotkey, s.Hyperparams.StakeThreshold, s.Netuid)
	}
	return errorsmod.Wrapf(types.ErrNoPermit, "%s holds uid %d of netuid %d without a permit; the %d with the most stake get one as an epoch ends",
		by.Hotkey, by.Uid, s.Netuid, s.Hyperparams.MaxValidators)
}

// signsFor is the hotkey that the signer of a message signs for.
func (k *Keeper) signsFor(ctx context.Context, signer string) (sdk.AccAddress, error) {
	key, err := subnettypes.ParseHotkey("hotkey", signer)
	if err != nil {
		return nil, err
	}
	return k.subnet.SignsFor(ctx, key)
}

// neuron is the one that a hotkey holds in a subnet. Errors: ErrNotRegistered of x/subnet.
func (k *Keeper) neuron(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (subnettypes.Neuron, error) {
	uid, err := k.subnet.UIDOf(ctx, netuid, hotkey)
	if err != nil {
		return subnettypes.Neuron{}, err
	}
	return k.subnet.GetNeuron(ctx, netuid, uid)
}

// openOf lists the open cases of an accuser, at most max_open_cases of when they were opened.
func (k *Keeper) openOf(ctx context.Context, accuser sdk.AccAddress) ([]uint64, error) {
	var out []uint64
	err := k.byAccuser.Walk(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint64](accuser), func(key accuserCase) (bool, error) {
		out = append(out, key.K2())
		return false, nil
	})
	return out, err
}

// barredUntil is the first height at which an accuser can accuse again, 0 if it can now.
func (k *Keeper) barredUntil(ctx context.Context, accuser sdk.AccAddress) (int64, error) {
	until, err := k.bars.Get(ctx, accuser)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	if err != nil || int64(until) <= height(ctx) {
		return 0, err
	}
	return int64(until), nil
}

// bar lets an accuser wait for so many blocks more, or as long as it had to anyway.
func (k *Keeper) bar(ctx context.Context, accuser sdk.AccAddress, blocks uint64) error {
	until, err := k.barredUntil(ctx, accuser)
	if err != nil {
		return err
	}
	if blocks == 0 {
		return nil
	}
	return k.bars.Set(ctx, accuser, uint64(max(until, height(ctx)+int64(blocks))))
}
