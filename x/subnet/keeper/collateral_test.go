package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// oneQ32 is a price of 1 AGON.
const oneQ32 = uint64(1) << 32

// held is what the module's account has.
func (f *fixture) held() uint64 { return f.balance(authtypes.NewModuleAddress(types.ModuleName)) }

func (f *fixture) claim(netuid uint32, owner, hotkey sdk.AccAddress) (*types.MsgClaimCollateralResponse, []proto.Message, error) {
	f.t.Helper()
	var res *types.MsgClaimCollateralResponse
	events, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.ClaimCollateral(ctx, &types.MsgClaimCollateral{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid})
		return err
	})
	return res, events, err
}

func (f *fixture) collateral(netuid uint32, hotkey sdk.AccAddress) types.CollateralInfo {
	f.t.Helper()
	r, err := f.client().Collateral(f.ctx, &types.QueryCollateralRequest{Netuid: netuid, Hotkey: hotkey.String()})
	require.NoError(f.t, err)
	return r.Info
}

func TestCollateralTarget(t *testing.T) {
	for name, c := range map[string]struct {
		amount, price uint64
		bps           uint32
		want          uint64
	}{
		"one-to-one":         {50_000_000, oneQ32, 10_000, 50_000_000},
		"dear-token":         {50_000_000, 4 * oneQ32, 10_000, 12_500_000},
		"cheap-token":        {50_000_000, oneQ32 / 4, 10_000, 200_000_000},
		"twice":              {50_000_000, oneQ32, 20_000, 100_000_000},
		"rounded-up":         {1, 3 * oneQ32, 10_000, 1},
		"rounded-up-twice":   {10, 3 * oneQ32, 5_000, 2},
		"never-nothing":      {1, math.MaxUint64, 1, 1},
		"no-price":           {1, 0, 10_000, math.MaxUint64},
		"more-than-fits":     {math.MaxUint64, 1, 10_000, math.MaxUint64},
		"multiple-too-large": {1 << 60, oneQ32, 1_000_000, math.MaxUint64},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, types.CollateralTarget(c.amount, c.price, c.bps))
		})
	}
}

// Half of 0.1 AGON is held, and at 2 AGON a token and twice its worth vests with 0.05 tokens. The owner claims twice, and then there
// is nothing any more.
func TestCollateralVestsWithWhatIsEarned(t *testing.T) {
	f := setup(t)
	f.hooks.price = 2 * oneQ32
	netuid := f.create(func(h *types.Hyperparams) { h.CollateralVestsBps = 20_000 })
	var events []proto.Message
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.Register(ctx, &types.MsgRegister{Owner: owner.String(), Hotkey: hotkey(0).String(), Netuid: netuid})
		return err
	})
	require.NoError(t, err)
	require.Contains(t, events, proto.Message(&types.EventCollateralFixed{Netuid: netuid, Amount: 50_000_000, Target: 50_000_000}))
	require.Equal(t, types.CollateralInfo{
		Collateral: types.Collateral{Netuid: netuid, Amount: 50_000_000, VestsBps: 20_000, Target: 50_000_000},
	}, f.collateral(netuid, hotkey(0)))
	_, _, err = f.claim(netuid, owner, hotkey(0))
	require.ErrorIs(t, err, types.ErrNothingVested)
	require.ErrorContains(t, err, "netuid 1 uid 0 has earned 0 of 50000000 alpha, so 0 of 50000000 nagon have vested")

	// A change of the rules touches no neuron that is there.
	f.updateHyperparams(netuid, func(h *types.Hyperparams) { h.CollateralVestsBps, h.CollateralBps = 1_000_000, 0 })
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{10_000_000}))
	require.EqualValues(t, 10_000_000, f.collateral(netuid, hotkey(0)).Claimable)
	before := f.balance(owner)
	res, events, err := f.claim(netuid, owner, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, &types.MsgClaimCollateralResponse{Paid: 10_000_000, Held: 40_000_000}, res)
	require.Contains(t, events, proto.Message(&types.EventCollateralPaid{
		Netuid: netuid, Hotkey: hotkey(0).String(), Owner: owner.String(), Paid: 10_000_000, Held: 40_000_000,
	}))
	require.EqualValues(t, 10_000_000, f.balance(owner)-before)
	require.EqualValues(t, 40_000_000, f.held())
	n, err := f.client().Neuron(f.ctx, &types.QueryNeuronRequest{Netuid: netuid})
	require.NoError(t, err)
	require.EqualValues(t, 10_000_000, n.Collateral.Vested)

	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{math.MaxUint64}), "what is earned stops at the largest number")
	res, _, err = f.claim(netuid, owner, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, &types.MsgClaimCollateralResponse{Paid: 40_000_000}, res)
	require.Zero(t, f.held())
	_, _, err = f.claim(netuid, owner, hotkey(0))
	require.ErrorIs(t, err, types.ErrNoCollateral)
	n, err = f.client().Neuron(f.ctx, &types.QueryNeuronRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Nil(t, n.Collateral)
	_, err = f.client().Collateral(f.ctx, &types.QueryCollateralRequest{Netuid: netuid, Hotkey: hotkey(0).String()})
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestClaimRefuses(t *testing.T) {
	f := setup(t)
	f.hooks.price = oneQ32
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{1}))
	for name, c := range map[string]struct {
		netuid        uint32
		owner, hotkey sdk.AccAddress
		err           error
	}{
		"no-owner":       {netuid, nil, hotkey(0), types.ErrInvalidAddress},
		"no-hotkey":      {netuid, owner, nil, types.ErrInvalidAddress},
		"netuid-zero":    {0, owner, hotkey(0), types.ErrSubnetNotFound},
		"not-registered": {netuid, owner, hotkey(1), types.ErrNotRegistered},
		"another-owner":  {netuid, other, hotkey(0), types.ErrHotkeyOwned},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := f.claim(c.netuid, c.owner, c.hotkey)
			require.ErrorIs(t, err, c.err)
		})
	}
	require.ErrorIs(t, f.k.AddEarned(f.ctx, netuid, nil), types.ErrColumn)
	require.ErrorIs(t, f.k.AddEarned(f.ctx, 9, nil), types.ErrSubnetNotFound)
	require.NoError(t, f.k.FixCollateralTarget(f.ctx, netuid, 9, oneQ32), "who has no collateral has no target")
}

// Until a price is known nothing vests, whatever is earned.
func TestNothingVestsWithoutATarget(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{math.MaxUint64}))
	require.Zero(t, f.collateral(netuid, hotkey(0)).Vested)
}

// Who is replaced as the weakest gets what has vested, and the rest is burned.
func TestReplacementEndsCollateral(t *testing.T) {
	f := setup(t)
	f.hooks.price = oneQ32
	netuid := full(f, 10, 11)
	require.NoError(t, f.k.SetPruningScores(f.ctx, netuid, []uint16{7, 1}))
	target := f.collateral(netuid, hotkey(1)).Collateral.Target
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{0, target / 4}))
	c := f.collateral(netuid, hotkey(1))
	require.NotZero(t, c.Claimable)
	f.at(300)
	had, supply, held := f.balance(owner), f.supply(), f.held()
	var price uint64
	events, err := f.do(func(ctx context.Context) error {
		r, err := f.msg.Register(ctx, &types.MsgRegister{Owner: other.String(), Hotkey: hotkey(9).String(), Netuid: netuid})
		price = r.GetPrice()
		return err
	})
	require.NoError(t, err)
	burned := c.Collateral.Amount - c.Claimable
	require.Contains(t, events, proto.Message(&types.EventCollateralEnded{
		Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Owner: owner.String(), Paid: c.Claimable, Burned: burned,
	}))
	require.Equal(t, c.Claimable, f.balance(owner)-had)
	require.Equal(t, burned+price-price/2, supply-f.supply())
	require.Equal(t, held-c.Collateral.Amount+price/2, f.held())
	require.Zero(t, f.collateral(netuid, hotkey(9)).Earned, "the newcomer begins with nothing")
	list, err := f.client().Collaterals(f.ctx, &types.QueryCollateralsRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Len(t, list.Infos, 2)
	require.Equal(t, f.collateral(netuid, hotkey(9)), list.Infos[1])
}

// Whatever comes in what order: what owners paid is what was burned, is held, or came back, and nobody gets back more than was held
// of his prices.
func TestCollateralConserves(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 54))
			f := setup(t)
			netuid := f.create(func(h *types.Hyperparams) {
				h.MaxNeurons, h.MaxValidators, h.ImmunityPeriod, h.MaxRegistrationsPerBlock = 5, 5, 0, 64
				h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife = 1001, 10_000_019, 3
				h.CollateralBps = r.Uint32N(10_001)
			})
			supply, money := f.supply(), f.balance(owner)
			var paid, held, back uint64
			next := byte(0)
			for height := int64(20); height < 80; height++ {
				f.at(height)
				f.hooks.price = 1 + r.Uint64N(1<<(20+r.UintN(20)))
				switch r.UintN(4) {
				case 0:
					res, err := f.tryRegister(netuid, owner, hotkey(next), 0)
					require.NoError(t, err)
					paid, held, next = paid+res.Price, held+res.Collateral, next+1
				case 1:
					earned := make([]uint64, f.subnet(netuid).NeuronCount)
					for uid := range earned {
						earned[uid] = r.Uint64N(1 << r.UintN(24))
					}
					require.NoError(t, f.k.AddEarned(f.ctx, netuid, earned))
				case 2:
					hotkeys, err := f.k.Hotkeys(f.ctx, netuid)
					require.NoError(t, err)
					for _, h := range hotkeys {
						before := f.balance(owner)
						res, _, err := f.claim(netuid, owner, h)
						if err == nil {
							require.Equal(t, res.Paid, f.balance(owner)-before)
						} else if !errors.Is(err, types.ErrNoCollateral) {
							require.ErrorIs(t, err, types.ErrNothingVested)
						}
					}
				case 3:
					f.updateHyperparams(netuid, func(h *types.Hyperparams) {
						h.CollateralBps, h.CollateralVestsBps = r.Uint32N(10_001), 1+r.Uint32N(100_000)
					})
				}
				f.checkInvariants()
				back = paid - (money - f.balance(owner))
				require.LessOrEqual(t, back, held)
				require.Equal(t, paid, supply-f.supply()+f.held()+back)
			}
		})
	}
}
