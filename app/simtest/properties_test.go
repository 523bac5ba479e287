package simtest

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	"github.com/agon-chain/agon/x/stake/shares"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxLate is how many blocks an epoch may slip: a block takes one at least, and there are at most six subnets.
const maxLate = 12

// burned says how much AGON an event says was burned; what EventEpochPaid burns is token that was never minted. A new event that tells of burned AGON gets its case.
func burned(event any) uint64 {
	switch e := event.(type) {
	case *subnettypes.EventNeuronRegistered:
		return e.Price - e.Collateral
	case *subnettypes.EventCollateralEnded:
		return e.Burned
	case *subnettypes.EventCollateralSlashed:
		return e.Burned
	case *subnettypes.EventHotkeySwapped:
		return e.Cost
	case *modeltypes.EventModelCreated:
		return e.Burned
	case *modeltypes.EventVersionPublished:
		return e.Burned
	case *staketypes.EventPoolClosed:
		return e.Burned
	}
	return 0
}

// checkError refuses panics, errors that no module registered, and those that say that the state is broken.
func checkError(err error) error {
	var panicked errPanic
	if errors.As(err, &panicked) {
		return err
	}
	if errors.Is(err, emissiontypes.ErrBroken) || errors.Is(err, scoringtypes.ErrBroken) || errors.Is(err, disputetypes.ErrBroken) ||
		errors.Is(err, paymenttypes.ErrBroken) {
		return fmt.Errorf("a message finds the state broken: %w", err)
	}
	if space, code, _ := errorsmod.ABCIInfo(err, false); space == errorsmod.UndefinedCodespace {
		return fmt.Errorf("a refusal without a code of its own (%s %d): %w", space, code, err)
	}
	return nil
}

// pot is a dissolved subnet's, with the token that it is for.
type pot struct {
	staketypes.Pot
	supply uint64
}

// market is what trades and deposits may not worsen: the product of each pool's reserves, what a pot pays for a token, and the value of
// each share.
type market struct {
	pools  []staketypes.Pool
	pots   []pot
	stakes []staketypes.HotkeyStake
}

func (s *stage) market(ctx context.Context) (m market, err error) {
	k := s.app.StakeKeeper
	err = k.Pools.Walk(ctx, nil, func(_ uint32, p staketypes.Pool) (bool, error) {
		m.pools = append(m.pools, p)
		return false, nil
	})
	if err != nil {
		return m, err
	}
	err = k.Pots.Walk(ctx, nil, func(_ uint32, p staketypes.Pot) (bool, error) {
		m.pots = append(m.pots, pot{p, k.AlphaSupply(ctx, p.Netuid)})
		return false, nil
	})
	if err != nil {
		return m, err
	}
	it, err := k.HotkeyStakes.Iterate(ctx, nil)
	if err != nil {
		return m, err
	}
	m.stakes, err = it.Values()
	return m, err
}

func product(p staketypes.Pool) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(p.Agon), new(big.Int).SetUint64(p.Alpha))
}

// shareValue is the value of a share as package shares defines it.
func shareValue(h staketypes.HotkeyStake) *big.Rat {
	alpha := new(big.Int).Add(new(big.Int).SetUint64(h.Alpha), big.NewInt(1))
	all, _ := new(big.Int).SetString(h.Shares.String(), 10)
	return new(big.Rat).SetFrac(alpha, all.Add(all, new(big.Int).SetUint64(shares.SharesPerAlpha)))
}

// begunAnew says that shares are worth what first shares are: where whoever had all of them left and somebody came in one message, as
// when all stake behind a hotkey is given to another owner, there is nobody whose shares could have lost.
func begunAnew(h staketypes.HotkeyStake) bool {
	all, _ := new(big.Int).SetString(h.Shares.String(), 10)
	first := new(big.Int).Mul(new(big.Int).SetUint64(h.Alpha), new(big.Int).SetUint64(shares.SharesPerAlpha))
	return all.Cmp(first) == 0
}

// notWorse: no message lowers the product of a pool's reserves or the value of a share, whoever sent it.
func (m market) notWorse(after market) error {
	for _, p := range m.pools {
		i := slices.IndexFunc(after.pools, func(q staketypes.Pool) bool { return q.Netuid == p.Netuid })
		if i >= 0 && product(after.pools[i]).Cmp(product(p)) < 0 {
			return fmt.Errorf("pool of netuid %d: the product of the reserves fell: %d x %d became %d x %d",
				p.Netuid, p.Agon, p.Alpha, after.pools[i].Agon, after.pools[i].Alpha)
		}
	}
	for _, p := range m.pots { // nothing makes a pot but a dissolution, and nothing removes one
		j := slices.IndexFunc(after.pots, func(q pot) bool { return q.Netuid == p.Netuid })
		if j < 0 {
			return fmt.Errorf("pot of netuid %d is gone", p.Netuid)
		}
		q := after.pots[j]
		was := new(big.Int).Mul(new(big.Int).SetUint64(p.Agon), new(big.Int).SetUint64(q.supply))
		if now := new(big.Int).Mul(new(big.Int).SetUint64(q.Agon), new(big.Int).SetUint64(p.supply)); now.Cmp(was) < 0 {
			return fmt.Errorf("pot of netuid %d: what it pays for a token fell: %d for %d became %d for %d", p.Netuid, p.Agon, p.supply, q.Agon, q.supply)
		}
	}
	at := 0 // both lists are in order of their keys, but not of their text
	for _, h := range m.stakes {
		same := func(o staketypes.HotkeyStake) bool { return o.Netuid == h.Netuid && o.Hotkey == h.Hotkey }
		i := slices.IndexFunc(after.stakes[at:], same)
		if i < 0 {
			continue
		}
		at += i
		o := after.stakes[at]
		if (o.Alpha != h.Alpha || o.Shares != h.Shares) && !begunAnew(o) && shareValue(o).Cmp(shareValue(h)) < 0 {
			return fmt.Errorf("netuid %d, hotkey %s: a share lost value: %d alpha for %s shares became %d for %s",
				h.Netuid, h.Hotkey, h.Alpha, h.Shares, o.Alpha, o.Shares)
		}
	}
	return nil
}

// supplies are all coins that exist.
func (s *stage) supplies(ctx context.Context) sdk.Coins {
	var list sdk.Coins
	s.app.BankKeeper.IterateTotalSupply(ctx, func(c sdk.Coin) bool {
		list = append(list, c)
		return false
	})
	return list.Sort()
}

// checkSupplies: each coin's supply changed by what the bank minted and burned, and AGON's by what the modules' events say.
func checkSupplies(before, after sdk.Coins, events []abci.Event) error {
	minted, gone := sdk.NewCoins(), sdk.NewCoins()
	agonMinted, agonBurned := uint64(0), uint64(0)
	for _, e := range events {
		amount := func() (sdk.Coins, error) {
			for _, a := range e.Attributes {
				if a.Key == sdk.AttributeKeyAmount {
					return sdk.ParseCoinsNormalized(a.Value)
				}
			}
			return nil, fmt.Errorf("event %s of the bank has no amount", e.Type)
		}
		switch {
		case e.Type == banktypes.EventTypeCoinMint:
			coins, err := amount()
			if err != nil {
				return err
			}
			minted = minted.Add(coins...)
		case e.Type == banktypes.EventTypeCoinBurn:
			coins, err := amount()
			if err != nil {
				return err
			}
			gone = gone.Add(coins...)
		case strings.HasPrefix(e.Type, "agon."):
			typed, err := sdk.ParseTypedEvent(e)
			if err != nil {
				return fmt.Errorf("event %s: %w", e.Type, err)
			}
			agonBurned += burned(typed)
			if m, ok := typed.(*emissiontypes.EventBlockEmission); ok {
				agonMinted += m.Minted
			}
		}
	}
	if got, want := after.Add(gone...), before.Add(minted...); !got.Equal(want) {
		return fmt.Errorf("supply was %s and is %s, but %s was minted and %s burned", before, after, minted, gone)
	}
	if got := minted.AmountOf(params.BaseDenom); !got.Equal(math.NewIntFromUint64(agonMinted)) {
		return fmt.Errorf("%s nagon was minted, events of emission say %d", got, agonMinted)
	}
	if got := gone.AmountOf(params.BaseDenom); !got.Equal(math.NewIntFromUint64(agonBurned)) {
		return fmt.Errorf("%s nagon was burned, events say %d (an event that tells of burned AGON belongs into burned)", got, agonBurned)
	}
	return nil
}

// checkEvents: no epoch, no case and no pot fails.
func checkEvents(events []abci.Event) error {
	for _, e := range events {
		if e.Type == "agon.scoring.v1.EventEpochFailed" {
			return fmt.Errorf("an epoch failed: %v", e.Attributes)
		}
		if e.Type == "agon.dispute.v1.EventCaseFailed" {
			return fmt.Errorf("a case failed: %v", e.Attributes)
		}
		if e.Type == "agon.payment.v1.EventPotFailed" {
			return fmt.Errorf("a pot failed: %v", e.Attributes)
		}
	}
	return nil
}

// countVerdicts counts the cases that ended, by how.
func countVerdicts(events []abci.Event, into map[string]int) error {
	for _, e := range events {
		if e.Type != "agon.dispute.v1.EventCaseEnded" {
			continue
		}
		typed, err := sdk.ParseTypedEvent(e)
		if err != nil {
			return err
		}
		ended := typed.(*disputetypes.EventCaseEnded)
		into[strings.ToLower(strings.TrimPrefix(ended.Status.String(), "CASE_STATUS_"))]++
		if ended.Outcome.Burned+ended.Outcome.Pooled > 0 {
			into["slashed"]++
		}
	}
	return nil
}

// checkState is what holds between blocks.
func (s *stage) checkState(ctx sdk.Context) error {
	for _, i := range apptest.Invariants(s.app) {
		if err := i.Check(ctx); err != nil {
			return fmt.Errorf("invariant %s: %w", i.Name, err)
		}
	}
	return errors.Join(s.checkUIDs(ctx), s.checkQueues(ctx))
}

// checkUIDs: no hotkey holds two uids of a subnet, and each is found under the one it holds.
func (s *stage) checkUIDs(ctx sdk.Context) error {
	netuids, err := s.app.SubnetKeeper.Netuids(ctx)
	if err != nil {
		return err
	}
	for _, netuid := range netuids {
		hotkeys, err := s.app.SubnetKeeper.Hotkeys(ctx, netuid)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for uid, hotkey := range hotkeys {
			at, err := s.app.SubnetKeeper.UIDOf(ctx, netuid, hotkey)
			if err != nil || int(at) != uid || seen[string(hotkey)] {
				return fmt.Errorf("netuid %d: uid %d is held by %s, which is found at uid %d (%v)", netuid, uid, hotkey, at, err)
			}
			seen[string(hotkey)] = true
		}
	}
	return nil
}

// checkQueues: whatever waits has a bounded age.
func (s *stage) checkQueues(ctx sdk.Context) error {
	height := ctx.BlockHeight()
	netuids, err := s.app.SubnetKeeper.Netuids(ctx)
	if err != nil {
		return err
	}
	for _, netuid := range netuids {
		if e, err := s.app.ScoringKeeper.EpochOf(ctx, netuid); err != nil {
			return err
		} else if subnet, err := s.app.SubnetKeeper.GetSubnet(ctx, netuid); err != nil {
			return err
		} else if subnet.StartedAt > 0 && subnet.DissolvedAt == 0 && !e.Paused && e.DueAt+maxLate < height {
			return fmt.Errorf("netuid %d: the epoch due at %d has not run at %d", netuid, e.DueAt, height)
		}
		if p, err := s.app.SubnetKeeper.PendingHyperparams(ctx, netuid); err == nil && p.EffectiveAt < height {
			return fmt.Errorf("netuid %d: hyperparameters of height %d wait at %d", netuid, p.EffectiveAt, height)
		}
	}
	scoring, err := s.app.ScoringKeeper.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	for _, c := range scoring.Commits {
		e, err := s.app.ScoringKeeper.EpochOf(ctx, c.Netuid)
		if err != nil {
			return err
		}
		if c.Epoch+1 < e.Index {
			return fmt.Errorf("netuid %d: a commit of epoch %d waits in epoch %d", c.Netuid, c.Epoch, e.Index)
		}
		if len(c.Seed) == 0 && c.Height+1 < height {
			return fmt.Errorf("netuid %d: the commit of height %d has no seed at %d", c.Netuid, c.Height, height)
		}
	}
	return nil
}

// worth is what some accounts own together, in nagon: their AGON, the collateral that has vested for their neurons, and for each
// subnet what all their token would bring in one sale at the present reserves, exactly. What is staked counts as what they would
// have if all of them left, which the last holder of a hotkey's shares feels: he also gets what rounding left behind. Root stake is
// AGON, and token of a dissolved subnet is what its pot pays. dust is a unit of token, and one of AGON, for each position, by which
// the sum differs with the order in which they leave (TestOrderOfLeavingMovesAUnit of x/stake/shares).
func (s *stage) worth(ctx sdk.Context, who []sdk.AccAddress) (total, dust *big.Rat, err error) {
	ctx, _ = ctx.CacheContext()
	locked, outside := map[uint32]*big.Int{}, new(big.Int) // token by pool; nagon of positions that have none
	dust = new(big.Rat)
	m, err := s.market(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range m.pools {
		locked[p.Netuid] = new(big.Int)
	}
	for _, a := range who {
		positions, err := s.positions(ctx, a)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range positions {
			sum, pooled := locked[p.Position.Netuid]
			if i := slices.IndexFunc(m.pools, func(q staketypes.Pool) bool { return q.Netuid == p.Position.Netuid }); i >= 0 {
				price := new(big.Int).SetUint64(m.pools[i].Agon)
				dust.Add(dust, new(big.Rat).SetFrac(price, new(big.Int).SetUint64(m.pools[i].Alpha)))
			}
			dust.Add(dust, big.NewRat(1, 1))
			_, err := s.deliver(ctx, &staketypes.MsgRemoveStake{Owner: a.String(), Hotkey: p.Position.Hotkey, Netuid: p.Position.Netuid, KeepToken: pooled})
			switch {
			case err == nil:
			case pooled:
				sum.Add(sum, new(big.Int).SetUint64(p.Alpha))
			default:
				outside.Add(outside, new(big.Int).SetUint64(p.Value))
			}
		}
		for _, pot := range m.pots {
			// Refused where he has none.
			if _, err := s.deliver(ctx, &staketypes.MsgRedeemToken{Owner: a.String(), Netuid: pot.Netuid}); err == nil {
				dust.Add(dust, big.NewRat(1, 1))
			}
		}
	}
	total, err = s.claimable(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	total.Add(total, new(big.Rat).SetInt(outside))
	if err := s.addDeposits(ctx, who, total); err != nil {
		return nil, nil, err
	}
	for _, a := range who {
		total.Add(total, new(big.Rat).SetInt(s.app.BankKeeper.GetBalance(ctx, a, params.BaseDenom).Amount.BigInt()))
		for _, p := range m.pools {
			sum := locked[p.Netuid]
			sum.Add(sum, s.app.BankKeeper.GetBalance(ctx, a, staketypes.AlphaDenom(p.Netuid)).Amount.BigInt())
		}
	}
	for _, p := range m.pools {
		total.Add(total, proceeds(p, locked[p.Netuid]))
	}
	return total, dust, nil
}

// addDeposits adds what some accounts have in x/payment: outside channels, and what nobody has claimed of theirs.
func (s *stage) addDeposits(ctx sdk.Context, who []sdk.AccAddress, total *big.Rat) error {
	gs, err := s.app.PaymentKeeper.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	add := func(owner string, amount uint64) {
		if slices.ContainsFunc(who, func(a sdk.AccAddress) bool { return a.String() == owner }) {
			total.Add(total, new(big.Rat).SetInt(new(big.Int).SetUint64(amount)))
		}
	}
	for _, a := range gs.Accounts {
		add(a.Owner, a.Balance)
	}
	for _, c := range gs.Channels {
		add(c.Owner, c.Rest())
	}
	return nil
}

// claimable is the collateral that has vested for the neurons of some owners and is not paid yet.
func (s *stage) claimable(ctx sdk.Context, who []sdk.AccAddress) (*big.Rat, error) {
	netuids, err := s.app.SubnetKeeper.Netuids(ctx)
	if err != nil {
		return nil, err
	}
	total := new(big.Rat)
	server := subnetkeeper.NewQueryServer(s.app.SubnetKeeper)
	for _, netuid := range netuids {
		// No subnet of these has more neurons than a page.
		res, err := server.Collaterals(ctx, &subnettypes.QueryCollateralsRequest{Netuid: netuid})
		if err != nil {
			return nil, err
		}
		for _, c := range res.Infos {
			n, err := s.app.SubnetKeeper.GetNeuron(ctx, netuid, c.Collateral.Uid)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(who, func(a sdk.AccAddress) bool { return a.String() == n.Owner }) {
				total.Add(total, new(big.Rat).SetInt(new(big.Int).SetUint64(c.Claimable)))
			}
		}
	}
	return total, nil
}

// positions are all of an owner's, with what they are worth.
func (s *stage) positions(ctx sdk.Context, owner sdk.AccAddress) ([]staketypes.PositionInfo, error) {
	server := stakekeeper.NewQueryServer(s.app.StakeKeeper)
	page := &query.PageRequest{Limit: staketypes.MaxPageLimit}
	var out []staketypes.PositionInfo
	for {
		res, err := server.Positions(ctx, &staketypes.QueryPositionsRequest{Owner: owner.String(), Pagination: page})
		if err != nil {
			return nil, err
		}
		out = append(out, res.Positions...)
		if len(res.Pagination.NextKey) == 0 {
			return out, nil
		}
		page = &query.PageRequest{Limit: staketypes.MaxPageLimit, Key: res.Pagination.NextKey}
	}
}

// proceeds is what a sale brings, before any rounding and bound.
func proceeds(p staketypes.Pool, tokens *big.Int) *big.Rat {
	in := new(big.Rat).SetFrac(new(big.Int).Mul(tokens, big.NewInt(staketypes.MaxBps-int64(p.FeeBps))), big.NewInt(staketypes.MaxBps))
	agon, alpha := new(big.Rat).SetInt(new(big.Int).SetUint64(p.Agon)), new(big.Rat).SetInt(new(big.Int).SetUint64(p.Alpha))
	out := new(big.Rat).Mul(agon, in)
	return out.Quo(out, alpha.Add(alpha, in))
}

// settlePools brings into every pool what emission owes it, as the first trade of a block does.
func (s *stage) settlePools(ctx sdk.Context) error {
	netuids, err := s.app.SubnetKeeper.Netuids(ctx)
	if err != nil {
		return err
	}
	for _, netuid := range netuids {
		if err := s.app.EmissionKeeper.BeforeTrade(ctx, netuid); err != nil {
			return err
		}
	}
	return nil
}
