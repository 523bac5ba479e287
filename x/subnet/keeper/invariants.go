package keeper

import (
	"bytes"
	"context"
	"encoding/binary"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// Invariant is a statement about the state that holds after every message. Check writes nothing.
type Invariant struct {
	Name  string
	Check func(ctx context.Context) error
}

// Invariants returns the statements that tests and simulations check after every block. Errors: ErrInvariant.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"subnets-are-numbered-without-gaps", k.checkNetuids},
		{"subnets-are-valid", k.checkSubnets},
		{"neuron-counts-match", k.checkCounts},
		{"index-matches-neurons", k.checkIndex},
		{"columns-match-neurons", k.checkColumns},
		{"owners-match-neurons", k.checkOwners},
		{"commitments-are-of-neurons", k.checkCommitments},
		{"offers-are-of-subnets", k.checkOffers},
		{"queue-matches-pending-hyperparameters", k.checkPending},
		{"collateral-is-held", k.checkCollateral},
		{"standings-are-of-subnets-that-live", k.checkStandings},
		{"dissolved-subnets-are-being-emptied", k.checkDissolving},
		{"owned-is-what-owners-have", k.checkOwned},
		{"one-key-signs-for-a-hotkey", k.checkSigningKeys},
		{"owner-swaps-are-valid", k.checkOwnerSwaps},
	}
}

func broken(format string, args ...any) error {
	return errorsmod.Wrapf(types.ErrInvariant, format, args...)
}

// eachSubnet calls f for every subnet.
func (k *Keeper) eachSubnet(ctx context.Context, f func(types.Subnet) error) error {
	return k.subnets.Walk(ctx, nil, func(_ uint32, s types.Subnet) (bool, error) {
		err := f(s)
		return err != nil, err
	})
}

// eachNeuron calls f for every neuron with the key that it is stored under.
func (k *Keeper) eachNeuron(ctx context.Context, f func(netuid, uid uint32, n types.Neuron, hotkey sdk.AccAddress) error) error {
	return k.neurons.Walk(ctx, nil, func(key collections.Pair[uint32, uint32], n types.Neuron) (bool, error) {
		hotkey, err := types.ParseHotkey("hotkey", n.Hotkey)
		if err != nil {
			return true, err
		}
		err = f(key.K1(), key.K2(), n, hotkey)
		return err != nil, err
	})
}

func (k *Keeper) checkNetuids(ctx context.Context) error {
	want := uint32(types.FirstNetuid)
	err := k.subnets.Walk(ctx, nil, func(netuid uint32, s types.Subnet) (bool, error) {
		if netuid != want || s.Netuid != netuid {
			return true, broken("subnet %d is stored under netuid %d, want %d", s.Netuid, netuid, want)
		}
		want++
		return false, nil
	})
	if err != nil {
		return err
	}
	next, err := k.nextNetuid.Get(ctx)
	if err != nil {
		return err
	}
	if next != want {
		return broken("next_netuid is %d, want %d", next, want)
	}
	return nil
}

func (k *Keeper) checkSubnets(ctx context.Context) error {
	return k.eachSubnet(ctx, func(s types.Subnet) error {
		if err := s.Validate(); err != nil {
			return broken("netuid %d: %s", s.Netuid, err)
		}
		return nil
	})
}

func (k *Keeper) checkCounts(ctx context.Context) error {
	total := 0
	err := k.eachSubnet(ctx, func(s types.Subnet) error {
		total += int(s.NeuronCount)
		for uid := range s.NeuronCount {
			if _, err := k.GetNeuron(ctx, s.Netuid, uid); err != nil {
				return broken("netuid %d has neuron_count %d: uid %d: %s", s.Netuid, s.NeuronCount, uid, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows := 0
	if err := k.eachNeuron(ctx, func(_, _ uint32, _ types.Neuron, _ sdk.AccAddress) error {
		rows++
		return nil
	}); err != nil {
		return err
	}
	if rows != total {
		return broken("there are %d neurons, the neuron counts sum to %d", rows, total)
	}
	return nil
}

func (k *Keeper) checkIndex(ctx context.Context) error {
	rows := 0
	err := k.eachNeuron(ctx, func(netuid, uid uint32, n types.Neuron, hotkey sdk.AccAddress) error {
		rows++
		if n.Netuid != netuid || n.Uid != uid {
			return broken("neuron %d/%d is stored under %d/%d", n.Netuid, n.Uid, netuid, uid)
		}
		if found, err := k.UIDOf(ctx, netuid, hotkey); err != nil || found != uid {
			return broken("netuid %d uid %d has hotkey %s, the index says uid %d (%v)", netuid, uid, n.Hotkey, found, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	entries := 0
	err = k.uids.Walk(ctx, nil, func(collections.Pair[sdk.AccAddress, uint32], uint32) (bool, error) {
		entries++
		return false, nil
	})
	if err != nil {
		return err
	}
	if entries != rows {
		return broken("the index has %d entries, there are %d neurons", entries, rows)
	}
	return nil
}

func (k *Keeper) checkColumns(ctx context.Context) error {
	subnets := 0
	err := k.eachSubnet(ctx, func(s types.Subnet) error {
		subnets++
		neurons, err := k.Neurons(ctx, s.Netuid)
		if err != nil {
			return err
		}
		var heights, hotkeys []byte
		for _, n := range neurons {
			hotkey, err := types.ParseHotkey("hotkey", n.Hotkey)
			if err != nil {
				return err
			}
			heights = binary.BigEndian.AppendUint64(heights, uint64(n.RegisteredAt))
			hotkeys = append(hotkeys, hotkey...)
		}
		for _, c := range []struct {
			column collections.Map[uint32, []byte]
			want   []byte
		}{{k.registeredAt, heights}, {k.hotkeys, hotkeys}} {
			got, err := c.column.Get(ctx, s.Netuid)
			if err != nil || !bytes.Equal(got, c.want) {
				return broken("column %s of netuid %d differs from its %d neurons (%v)", c.column.GetName(), s.Netuid, len(neurons), err)
			}
		}
		earned, err := k.earned.Get(ctx, s.Netuid)
		if err != nil || len(earned) != earnedCell*len(neurons) {
			return broken("column %s of netuid %d has %d bytes, want %d (%v)", k.earned.GetName(), s.Netuid, len(earned), earnedCell*len(neurons), err)
		}
		scores, err := k.pruning.Get(ctx, s.Netuid)
		if err != nil || len(scores) != scoreCell*len(neurons) {
			return broken("column %s of netuid %d has %d bytes, want %d (%v)", k.pruning.GetName(), s.Netuid, len(scores), scoreCell*len(neurons), err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, column := range []collections.Map[uint32, []byte]{k.registeredAt, k.hotkeys, k.pruning, k.earned} {
		values := 0
		err := column.Walk(ctx, nil, func(uint32, []byte) (bool, error) {
			values++
			return false, nil
		})
		if err != nil {
			return err
		}
		if values != subnets {
			return broken("column %s has %d values, there are %d subnets", column.GetName(), values, subnets)
		}
	}
	return nil
}

func (k *Keeper) checkOwners(ctx context.Context) error {
	return k.eachNeuron(ctx, func(netuid, uid uint32, n types.Neuron, hotkey sdk.AccAddress) error {
		owner, err := k.OwnerOf(ctx, hotkey)
		if err != nil || owner.String() != n.Owner {
			return broken("netuid %d uid %d has hotkey %s of %s, bound to %s (%v)", netuid, uid, n.Hotkey, n.Owner, owner, err)
		}
		return nil
	})
}

func (k *Keeper) checkCommitments(ctx context.Context) error {
	return k.commitments.Walk(ctx, nil, func(key collections.Pair[uint32, uint32], c types.Commitment) (bool, error) {
		n, err := k.GetNeuron(ctx, key.K1(), key.K2())
		if err != nil || c.Netuid != n.Netuid || c.Uid != n.Uid || c.Hotkey != n.Hotkey {
			return true, broken("commitment of %d/%d by %s is stored under %d/%d, whose hotkey is %s (%v)",
				c.Netuid, c.Uid, c.Hotkey, key.K1(), key.K2(), n.Hotkey, err)
		}
		return false, nil
	})
}

// checkOffers holds also for offers that have expired: they stay until the next one, and who owns the subnet accepts none.
func (k *Keeper) checkOffers(ctx context.Context) error {
	return k.offers.Walk(ctx, nil, func(netuid uint32, o types.OwnershipOffer) (bool, error) {
		if err := o.Validate(); err != nil || o.Netuid != netuid {
			return true, broken("offer of netuid %d is stored under %d (%v)", o.Netuid, netuid, err)
		}
		s, err := k.LiveSubnet(ctx, netuid)
		if err != nil || s.Owner == o.NewOwner {
			return true, broken("netuid %d of %q is offered to %s (%v)", netuid, s.Owner, o.NewOwner, err)
		}
		return false, nil
	})
}

func (k *Keeper) checkPending(ctx context.Context) error {
	waiting := 0
	err := k.pending.Walk(ctx, nil, func(netuid uint32, p types.PendingHyperparams) (bool, error) {
		waiting++
		if p.Netuid != netuid {
			return true, broken("pending hyperparameters of netuid %d are stored under %d", p.Netuid, netuid)
		}
		if _, err := k.LiveSubnet(ctx, netuid); err != nil {
			return true, broken("pending hyperparameters of netuid %d: %s", netuid, err)
		}
		if queued, err := k.due.Has(ctx, dueKey(p)); err != nil || !queued {
			return true, broken("pending hyperparameters of netuid %d are not in the queue for height %d (%v)", netuid, p.EffectiveAt, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	queued := 0
	if err := k.due.Walk(ctx, nil, func(collections.Pair[uint64, uint32]) (bool, error) {
		queued++
		return false, nil
	}); err != nil {
		return err
	}
	if queued != waiting {
		return broken("the queue of hyperparameters has %d entries, %d are pending", queued, waiting)
	}
	return nil
}

// checkStandings: each subnet that lives has a standing, with the height from which its immunity counts, and no other has.
func (k *Keeper) checkStandings(ctx context.Context) error {
	live := 0
	err := k.eachSubnet(ctx, func(s types.Subnet) error {
		if s.DissolvedAt > 0 {
			return nil
		}
		live++
		at, err := k.standings.Get(ctx, s.Netuid)
		if err != nil || at.Netuid != s.Netuid || at.Since != s.Since() {
			return broken("netuid %d lives since block %d, its standing is of netuid %d since block %d (%v)", s.Netuid, s.Since(), at.Netuid, at.Since, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	netuids, err := k.Netuids(ctx)
	if err != nil {
		return err
	}
	if len(netuids) != live {
		return broken("there are %d standings, %d subnets live", len(netuids), live)
	}
	return nil
}

// checkDissolving: subnets whose neurons are being removed are dissolved and have some left.
func (k *Keeper) checkDissolving(ctx context.Context) error {
	return k.dissolving.Walk(ctx, nil, func(netuid uint32) (bool, error) {
		s, err := k.GetSubnet(ctx, netuid)
		if err != nil || s.DissolvedAt == 0 || s.NeuronCount == 0 {
			return true, broken("netuid %d is being emptied: dissolved at block %d, %d neurons left (%v)", netuid, s.DissolvedAt, s.NeuronCount, err)
		}
		return false, nil
	})
}

// checkCollateral: the module's account has what is held of all collateral and what is withheld, to the unit, and nothing else; what vested was paid
// at most. It relies on the account being closed to transfers, which the application arranges.
func (k *Keeper) checkCollateral(ctx context.Context) error {
	want := sdkmath.ZeroInt()
	err := k.collaterals.Walk(ctx, nil, func(key collections.Pair[uint32, uint32], c types.Collateral) (bool, error) {
		if err := c.Validate(); err != nil || c.Netuid != key.K1() || c.Uid != key.K2() {
			return true, broken("collateral of %d/%d is stored under %d/%d (%v)", c.Netuid, c.Uid, key.K1(), key.K2(), err)
		}
		if _, err := k.GetNeuron(ctx, c.Netuid, c.Uid); err != nil {
			return true, broken("collateral of netuid %d uid %d: %s", c.Netuid, c.Uid, err)
		}
		want = want.Add(sdkmath.NewIntFromUint64(c.Held()))
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.withheld.Walk(ctx, nil, func(key collections.Pair[uint32, sdk.AccAddress], w types.Withheld) (bool, error) {
		if err := w.Validate(); err != nil || w.Netuid != key.K1() || w.Hotkey != key.K2().String() {
			return true, broken("withheld of netuid %d hotkey %s is stored under %d, %s (%v)", w.Netuid, w.Hotkey, key.K1(), key.K2(), err)
		}
		want = want.Add(sdkmath.NewIntFromUint64(w.Amount))
		return false, nil
	})
	if err != nil {
		return err
	}
	account := authtypes.NewModuleAddress(types.ModuleName)
	if held := k.bank.GetBalance(ctx, account, types.BaseDenom); !held.Amount.Equal(want) {
		return broken("account %s holds %s, collateral sums to %s nagon", account, held, want)
	}
	return nil
}
