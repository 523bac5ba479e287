package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) hold(netuid uint32, hotkey sdk.AccAddress, bps uint32) uint64 {
	f.t.Helper()
	held, err := f.k.HoldDisputed(f.ctx, netuid, hotkey, bps)
	require.NoError(f.t, err)
	f.checkInvariants()
	return held
}

func (f *fixture) disputed(netuid uint32, hotkey sdk.AccAddress) uint64 {
	f.t.Helper()
	d, err := f.k.Disputed(f.ctx, netuid, hotkey)
	require.NoError(f.t, err)
	return d
}

func (f *fixture) slash(netuid uint32, hotkey sdk.AccAddress, burnBps uint32) (burned, sent uint64, events []proto.Message) {
	f.t.Helper()
	events, err := f.do(func(ctx context.Context) (err error) {
		burned, sent, err = f.k.SlashCollateral(ctx, netuid, hotkey, burnBps, treasury)
		return err
	})
	require.NoError(f.t, err)
	f.checkInvariants()
	return burned, sent, events
}

// What is disputed does not vest into a claim; the rest does. After the slash what is left of the amount vests as before, and together with the
// slash it is the amount, to the unit.
func TestSlashTakesWhatIsDisputed(t *testing.T) {
	f := setup(t)
	f.hooks.price = oneQ32
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	amount := f.collateral(netuid, hotkey(0)).Collateral.Amount
	require.EqualValues(t, 50_000_000, amount)
	require.EqualValues(t, 30_000_000, f.hold(netuid, hotkey(0), 6000))
	_, err := f.k.HoldDisputed(f.ctx, netuid, hotkey(0), 1)
	require.ErrorIs(t, err, types.ErrCollateralDisputed)

	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{40_000_000}))
	res, _, err := f.claim(netuid, owner, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, &types.MsgClaimCollateralResponse{Paid: 20_000_000, Held: 30_000_000}, res)
	_, _, err = f.claim(netuid, owner, hotkey(0))
	require.ErrorIs(t, err, types.ErrCollateralDisputed)
	require.ErrorContains(t, err, "20000000 nagon have vested and 30000000 stay held")

	supply, had := f.supply(), f.s.Bank.GetBalance(f.ctx, f.s.Accounts.GetModuleAddress(treasury), types.BaseDenom).Amount.Uint64()
	burned, sent, events := f.slash(netuid, hotkey(0), 3333)
	require.EqualValues(t, 9_999_000, burned)
	require.EqualValues(t, 20_001_000, sent)
	require.Contains(t, events, proto.Message(&types.EventCollateralSlashed{
		Netuid: netuid, Hotkey: hotkey(0).String(), Burned: burned, Sent: sent, Recipient: treasury,
	}))
	require.Equal(t, burned, supply-f.supply())
	require.Equal(t, sent, f.s.Bank.GetBalance(f.ctx, f.s.Accounts.GetModuleAddress(treasury), types.BaseDenom).Amount.Uint64()-had)
	require.Zero(t, f.held(), "60 of 100 were slashed and 40 were paid")
	_, _, err = f.claim(netuid, owner, hotkey(0))
	require.ErrorIs(t, err, types.ErrNoCollateral)
	require.Zero(t, f.disputed(netuid, hotkey(0)))
	burned, sent, _ = f.slash(netuid, hotkey(0), 3333)
	require.Zero(t, burned+sent, "once")
}

// What is left after a slash vests at the pace of before, whole at the same target.
func TestWhatIsLeftVests(t *testing.T) {
	f := setup(t)
	f.hooks.price = oneQ32
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	f.hold(netuid, hotkey(0), 5000)
	f.slash(netuid, hotkey(0), 10_000)
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{10_000_000}))
	require.EqualValues(t, 5_000_000, f.collateral(netuid, hotkey(0)).Claimable, "a fifth of the half")
	require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{40_000_000}))
	res, _, err := f.claim(netuid, owner, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, &types.MsgClaimCollateralResponse{Paid: 25_000_000}, res)
}

// A neuron that loses its uid while a dispute lasts: what its owner would have been paid waits, as far as it is disputed, and the outcome decides.
// The hotkey can come back meanwhile; its new collateral is another matter.
func TestDisputeOutlivesTheUID(t *testing.T) {
	for _, guilty := range []bool{true, false} {
		t.Run(fmt.Sprintf("guilty-%t", guilty), func(t *testing.T) {
			f := setup(t)
			f.hooks.price = oneQ32
			netuid := full(f, 10, 11)
			require.NoError(t, f.k.SetPruningScores(f.ctx, netuid, []uint16{7, 1}))
			c := f.collateral(netuid, hotkey(1)).Collateral
			disputed := f.hold(netuid, hotkey(1), 5000)
			require.NoError(t, f.k.AddEarned(f.ctx, netuid, []uint64{0, c.Target - c.Target/4}))
			due := f.collateral(netuid, hotkey(1)).Vested
			require.Greater(t, due, disputed)
			f.at(300)
			had := f.balance(owner)
			events, err := f.do(func(ctx context.Context) error {
				_, err := f.msg.Register(ctx, &types.MsgRegister{Owner: other.String(), Hotkey: hotkey(9).String(), Netuid: netuid})
				return err
			})
			require.NoError(t, err, "a dispute protects no neuron")
			require.Contains(t, events, proto.Message(&types.EventCollateralEnded{
				Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Owner: owner.String(), Paid: due - disputed, Burned: c.Amount - due, Withheld: disputed,
			}))
			require.Equal(t, due-disputed, f.balance(owner)-had)
			require.Equal(t, disputed, f.disputed(netuid, hotkey(1)))
			f.checkInvariants()

			// The hotkey returns, in the place of the first.
			require.NoError(t, f.k.SetPruningScores(f.ctx, netuid, []uint16{0, 9}))
			f.at(600)
			f.register(netuid, hotkey(1))
			require.Zero(t, f.collateral(netuid, hotkey(1)).Collateral.Disputed)
			_, err = f.k.HoldDisputed(f.ctx, netuid, hotkey(1), 5000)
			require.ErrorIs(t, err, types.ErrCollateralDisputed)

			had = f.balance(owner)
			supply := f.supply()
			if guilty {
				burned, sent, _ := f.slash(netuid, hotkey(1), 5000)
				require.Equal(t, disputed, burned+sent)
				require.Equal(t, burned, supply-f.supply())
				require.Equal(t, had, f.balance(owner))
			} else {
				released, err := f.k.ReleaseDisputed(f.ctx, netuid, hotkey(1))
				require.NoError(t, err)
				require.Equal(t, disputed, released)
				require.Equal(t, disputed, f.balance(owner)-had)
				require.Equal(t, supply, f.supply())
			}
			require.Zero(t, f.disputed(netuid, hotkey(1)))
			require.Equal(t, f.collateral(netuid, hotkey(1)).Collateral.Amount, f.collateral(netuid, hotkey(1)).Collateral.Held(), "the new collateral is whole")
		})
	}
}

// A model beside the keeper: whatever is disputed, slashed, released, claimed and replaced in what order, what owners paid is what was burned,
// sent, is held or came back; and a dispute never takes more than it held at first.
func TestDisputesConserve(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 70))
			f := setup(t)
			netuid := f.create(func(h *types.Hyperparams) {
				h.MaxNeurons, h.MaxValidators, h.ImmunityPeriod, h.MaxRegistrationsPerBlock = 4, 4, 0, 64
				h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife = 1001, 10_000_019, 3
			})
			supply, money := f.supply(), f.balance(owner)
			treasury0 := f.balance(f.s.Accounts.GetModuleAddress(treasury))
			open := map[byte]uint64{}
			next := byte(0)
			for height := int64(20); height < 140; height++ {
				f.at(height)
				f.hooks.price = 1 + r.Uint64N(1<<(20+r.UintN(20)))
				n := byte(r.UintN(uint(next) + 1))
				switch r.UintN(6) {
				case 0:
					f.register(netuid, hotkey(next))
					next++
				case 1:
					earned := make([]uint64, f.subnet(netuid).NeuronCount)
					for uid := range earned {
						earned[uid] = r.Uint64N(1 << r.UintN(24))
					}
					require.NoError(t, f.k.AddEarned(f.ctx, netuid, earned))
				case 2:
					_, _, err := f.claim(netuid, owner, hotkey(n))
					if err != nil && !errors.Is(err, types.ErrNotRegistered) && !errors.Is(err, types.ErrNoCollateral) && !errors.Is(err, types.ErrCollateralDisputed) {
						require.ErrorIs(t, err, types.ErrNothingVested)
					}
				case 3:
					held, err := f.k.HoldDisputed(f.ctx, netuid, hotkey(n), r.Uint32N(10_001))
					switch {
					case open[n] > 0:
						require.True(t, errors.Is(err, types.ErrCollateralDisputed) || errors.Is(err, types.ErrNotRegistered) || f.disputed(netuid, hotkey(n)) == 0, "%v", err)
					case err != nil:
						require.ErrorIs(t, err, types.ErrNotRegistered)
					case held > 0:
						open[n] = held
					}
				case 4:
					burned, sent, _ := f.slash(netuid, hotkey(n), r.Uint32N(10_001))
					require.LessOrEqual(t, burned+sent, open[n])
					delete(open, n)
				case 5:
					released, err := f.k.ReleaseDisputed(f.ctx, netuid, hotkey(n))
					require.NoError(t, err)
					require.LessOrEqual(t, released, open[n])
					delete(open, n)
				}
				f.checkInvariants()
				sent := f.balance(f.s.Accounts.GetModuleAddress(treasury)) - treasury0
				require.Equal(t, money-f.balance(owner), supply-f.supply()+f.held()+sent)
			}
		})
	}
}
