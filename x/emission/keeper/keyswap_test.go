package keeper_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// town is a market whose actors do at random what the economy offers. Two towns of one seed do the same.
type town struct {
	*markettest.Market
	t       *testing.T
	r       *rand.Rand
	hotkeys int
	netuids []uint32
	tried   map[string]int // messages of a kind that were taken
}

func newTown(t *testing.T, seed uint64) *town {
	w := &town{Market: markettest.New(t, markettest.Config{}), t: t, r: rand.New(rand.NewPCG(seed, 44)), tried: map[string]int{}}
	p, err := w.Subnet.Params(w.Ctx)
	require.NoError(t, err)
	p.HotkeySwapCost, p.OwnerSwapDelay, p.CommitmentInterval, p.AxonInterval = 0, 3, 0, 0
	_, err = subnetkeeper.NewMsgServer(w.Subnet).UpdateParams(w.Ctx, &subnettypes.MsgUpdateParams{Authority: w.Authority, Params: p})
	require.NoError(t, err)
	h := rules()
	h.MaxNeurons, h.MaxValidators, h.MinRegistrationPrice, h.MaxRegistrationPrice = 5, 5, 1_000_003, 900_000_007
	h.Tempo, h.ImmunityPeriod = 5, 0
	for range 2 {
		w.netuids = append(w.netuids, w.CreateSubnet(h))
	}
	for n := range 4 {
		for _, netuid := range w.netuids {
			w.register(netuid, n)
		}
	}
	w.StakeToken(1, 0, 5_000_000_000)
	w.StakeToken(2, 1, 5_000_000_000)
	return w
}

// Owners have two hotkeys each.
func ownerOf(n int) sdk.AccAddress { return markettest.Owner(n / 2) }

func (w *town) register(netuid uint32, n int) {
	price, err := w.Subnet.RegistrationPrice(w.Ctx, netuid)
	require.NoError(w.t, err)
	w.Fund(ownerOf(n), sdk.NewInt64Coin(params.BaseDenom, int64(100*agon+price)))
	w.did("register", w.Tx(func(ctx sdk.Context) error {
		_, err := subnetkeeper.NewMsgServer(w.Subnet).Register(ctx, &subnettypes.MsgRegister{Owner: w.owner(n), Hotkey: markettest.Hotkey(n).String(), Netuid: netuid})
		return err
	}))
	w.hotkeys = max(w.hotkeys, n+1)
}

func (w *town) did(what string, err error) {
	if err == nil {
		w.tried[what]++
	}
}

// owner is whose a hotkey is now, and who first registers it if nobody has.
func (w *town) owner(n int) string {
	owner, err := w.Subnet.OwnerOf(w.Ctx, markettest.Hotkey(n))
	if err != nil {
		return ownerOf(n).String()
	}
	return owner.String()
}

// signer is the key that signs for a hotkey now.
func (w *town) signer(n int) string {
	key, err := w.Subnet.KeyOf(w.Ctx, markettest.Hotkey(n))
	require.NoError(w.t, err)
	return key.String()
}

// step does something at random, or lets blocks pass.
func (w *town) step() {
	netuid := w.netuids[w.r.IntN(len(w.netuids))]
	n, other := w.r.IntN(w.hotkeys), w.r.IntN(w.hotkeys)
	hotkey, owner := markettest.Hotkey(n).String(), w.owner(n)
	values := []uint32{1 + w.r.Uint32N(60_000), 1 + w.r.Uint32N(60_000), 1 + w.r.Uint32N(60_000)}
	amount, bps := 1_000_000+w.r.Uint64N(3_000_000_000), 1+w.r.Uint32N(10_000)
	stake, subnet, scoring := stakekeeper.NewMsgServer(w.Stake), subnetkeeper.NewMsgServer(w.Subnet), scoringkeeper.NewMsgServer(w.Scoring)
	what := w.r.IntN(13)
	if what == 0 {
		w.Next()
		return
	}
	if what == 1 && w.r.UintN(3) == 0 {
		w.register(netuid, w.r.IntN(min(w.hotkeys+1, 9)))
		return
	}
	w.did(fmt.Sprint(what), w.Tx(func(ctx sdk.Context) (err error) {
		switch what {
		case 2, 3:
			m := &scoringtypes.MsgSetWeights{Hotkey: w.signer(n), Netuid: netuid}
			for uid, v := range values {
				m.Weights = append(m.Weights, scoringtypes.Weight{Uid: uint32(uid), Value: v})
			}
			_, err = scoring.SetWeights(ctx, m)
		case 4:
			_, err = stake.AddStake(ctx, &staketypes.MsgAddStake{Owner: owner, Hotkey: markettest.Hotkey(other).String(), Netuid: netuid, Amount: staketypes.Agon(amount)})
		case 5:
			_, err = stake.AddStake(ctx, &staketypes.MsgAddStake{Owner: owner, Hotkey: markettest.Hotkey(other).String(), Amount: staketypes.Agon(amount)})
		case 6:
			_, err = stake.RemoveStake(ctx, &staketypes.MsgRemoveStake{Owner: owner, Hotkey: markettest.Hotkey(other).String(), Netuid: netuid, ShareBps: bps})
		case 7:
			_, err = stake.SetChildren(ctx, &staketypes.MsgSetChildren{Owner: owner, Hotkey: hotkey, Netuid: netuid, Children: []staketypes.Child{{Hotkey: markettest.Hotkey(other).String(), Bps: bps}}})
		case 8:
			_, err = stake.SetAutoStake(ctx, &staketypes.MsgSetAutoStake{Owner: owner, Netuid: netuid, Hotkey: markettest.Hotkey(other).String()})
		case 9:
			_, err = subnet.ClaimCollateral(ctx, &subnettypes.MsgClaimCollateral{Owner: owner, Hotkey: hotkey, Netuid: netuid})
		case 10:
			_, err = stake.SetTake(ctx, &staketypes.MsgSetTake{Owner: owner, Hotkey: hotkey, TakeBps: bps % 1800})
		case 11:
			_, err = subnet.CommitData(ctx, &subnettypes.MsgCommitData{Hotkey: w.signer(n), Netuid: netuid, Data: []byte{byte(bps)}})
		case 12:
			key := markettest.ServiceKey(n, 0).Public()
			_, err = subnet.ServeAxon(ctx, &subnettypes.MsgServeAxon{Hotkey: w.signer(n), Netuid: netuid, Axon: subnettypes.Axon{Url: fmt.Sprintf("http://m%d.example:1", bps), ServiceKey: key[:]}})
		}
		return err
	}))
}

// rows are the raw rows of a module's store, without those of some prefixes.
func (w *town) rows(store string, but ...string) map[string]string {
	w.t.Helper()
	it, err := w.Store(store).OpenKVStore(w.Ctx).Iterator(nil, nil)
	require.NoError(w.t, err)
	defer it.Close()
	out := map[string]string{}
row:
	for ; it.Valid(); it.Next() {
		key := hex.EncodeToString(it.Key())
		for _, prefix := range but {
			if strings.HasPrefix(key, prefix) {
				continue row
			}
		}
		out[key] = hex.EncodeToString(it.Value())
	}
	return out
}

// Two towns do the same, and in one of them hotkeys get new keys now and then: every row of every module is the same at the end, but for who
// signs. So balances, shares, seats, children, collateral and emission are.
func TestSwappedKeysChangeNothing(t *testing.T) {
	total := map[string]int{}
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			still, moving := newTown(t, seed), newTown(t, seed)
			luck, keys := rand.New(rand.NewPCG(seed, 1)), 0
			for range 300 {
				if luck.UintN(6) == 0 {
					n := luck.IntN(moving.hotkeys)
					old := moving.signer(n)
					_, err := subnetkeeper.NewMsgServer(moving.Subnet).SwapHotkey(moving.Ctx, &subnettypes.MsgSwapHotkey{
						Owner: moving.owner(n), Hotkey: markettest.Hotkey(n).String(), NewKey: markettest.Account("key", keys).String(),
					})
					require.NoError(t, err)
					keys++
					_, err = subnetkeeper.NewMsgServer(moving.Subnet).CommitData(moving.Ctx, &subnettypes.MsgCommitData{Hotkey: old, Netuid: 1, Data: []byte("x")})
					require.ErrorIs(t, err, subnettypes.ErrKeySwapped)
				}
				still.step()
				moving.step()
			}
			require.Equal(t, still.tried, moving.tried)
			require.NotZero(t, keys)
			for _, store := range []string{staketypes.StoreKey, scoringtypes.StoreKey, types.StoreKey, banktypes.StoreKey} {
				require.Equal(t, still.rows(store), moving.rows(store), store)
			}
			require.Equal(t, still.rows(subnettypes.StoreKey), moving.rows(subnettypes.StoreKey, "14", "15"))
			for what, times := range still.tried {
				total[what] += times
			}
		})
	}
	for what := 2; what <= 12; what++ {
		require.NotZero(t, total[fmt.Sprint(what)], "nothing of kind %d was taken", what)
	}
}

// swapOwner carries out one call of a swap.
func (w *town) swapOwner(owner, next sdk.AccAddress) *subnettypes.MsgSwapOwnerResponse {
	w.t.Helper()
	res, err := subnetkeeper.NewMsgServer(w.Subnet).SwapOwner(w.Ctx, &subnettypes.MsgSwapOwner{NewOwner: next.String(), Owner: owner.String()})
	require.NoError(w.t, err)
	return res
}

// positions of an owner.
func (w *town) positions(owner sdk.AccAddress) []staketypes.Position {
	w.t.Helper()
	it, err := w.Stake.Positions.Iterate(w.Ctx, collections.NewPrefixedTripleRange[sdk.AccAddress, uint32, sdk.AccAddress](owner))
	require.NoError(w.t, err)
	out, err := it.Values()
	require.NoError(w.t, err)
	return out
}

// roundTrip exports the state of x/subnet and x/stake and loads it: the same bytes are in the stores.
func (w *town) roundTrip() {
	w.t.Helper()
	subnets, err := w.Subnet.ExportGenesis(w.Ctx)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, subnets.OwnerSwaps)
	stakes, err := w.Stake.ExportGenesis(w.Ctx)
	require.NoError(w.t, err)
	to := &town{Market: markettest.New(w.t, markettest.Config{Empty: true}), t: w.t}
	to.At(w.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, w.Bank.ExportGenesis(w.Ctx))
	require.NoError(w.t, to.Subnet.InitGenesis(to.Ctx, subnets))
	require.NoError(w.t, to.Stake.InitGenesis(to.Ctx, stakes))
	for _, store := range []string{subnettypes.StoreKey, staketypes.StoreKey} {
		require.Equal(w.t, w.rows(store), to.rows(store), store)
	}
}

// Two towns do the same, and in one of them an owner is swapped in the middle, with more rows than a call moves, epochs and new things
// in between: what the new owner has at the end is to the unit what the old one has in the other.
func TestOwnerSwapMovesAll(t *testing.T) {
	const gone, crowd = uint32(3), 30
	owner, next := markettest.Owner(0), markettest.Account("next", 0)
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			still, moving := newTown(t, seed), newTown(t, seed)
			for _, w := range []*town{still, moving} {
				// Many positions behind others' hotkeys, some of them in a subnet that is dissolved.
				h := rules()
				h.MaxNeurons, h.MaxValidators = 64, 64
				require.Equal(t, gone, w.CreateSubnet(h))
				require.Equal(t, gone+1, w.CreateSubnet(h))
				require.NoError(t, w.Stake.PayToken(w.Ctx, gone, owner, 1_000_000_000))
				for n := range crowd {
					for _, netuid := range []uint32{gone, gone + 1} {
						w.Register(netuid, 100+n)
						w.Fund(owner, params.Agon(1))
						_, err := stakekeeper.NewMsgServer(w.Stake).AddStake(w.Ctx, &staketypes.MsgAddStake{
							Owner: owner.String(), Hotkey: markettest.Hotkey(100 + n).String(), Netuid: netuid, Amount: params.Agon(1),
						})
						require.NoError(t, err)
					}
					_, err := stakekeeper.NewMsgServer(w.Stake).AddStake(w.Ctx, &staketypes.MsgAddStake{
						Owner: owner.String(), Hotkey: markettest.Hotkey(100 + n).String(), Amount: staketypes.Agon(2_000_000 + uint64(n)),
					})
					require.NoError(t, err)
				}
				_, err := stakekeeper.NewMsgServer(w.Stake).SetAutoStake(w.Ctx, &staketypes.MsgSetAutoStake{Owner: owner.String(), Netuid: 1, Hotkey: markettest.Hotkey(2).String()})
				require.NoError(t, err)
				_, err = stakekeeper.NewMsgServer(w.Stake).SetAutoStake(w.Ctx, &staketypes.MsgSetAutoStake{Owner: owner.String(), Netuid: gone, Hotkey: markettest.Hotkey(103).String()})
				require.NoError(t, err)
				_, err = subnetkeeper.NewMsgServer(w.Subnet).DissolveSubnet(w.Ctx, &subnettypes.MsgDissolveSubnet{Owner: markettest.Creator().String(), Netuid: gone})
				require.NoError(t, err)
				for range 60 {
					w.step()
				}
			}
			_, err := subnetkeeper.NewMsgServer(moving.Subnet).AnnounceOwnerSwap(moving.Ctx, &subnettypes.MsgAnnounceOwnerSwap{Owner: owner.String(), NewOwner: next.String()})
			require.NoError(t, err)
			for _, w := range []*town{still, moving} {
				w.To(w.Ctx.BlockHeight() + 4)
			}
			calls := 0
			for more := true; more; calls++ {
				more = moving.swapOwner(owner, next).More
				moving.CheckInvariants()
				if calls == 0 {
					require.True(t, more)
					moving.roundTrip()
				}
				for _, w := range []*town{still, moving} {
					w.To(w.Ctx.BlockHeight() + 6) // an epoch of each
					if !more {
						continue
					}
					// Stake that comes to the old owner in between goes with the next call.
					giver := markettest.Owner(1)
					w.Fund(giver, params.Agon(1))
					_, err = stakekeeper.NewMsgServer(w.Stake).AddStake(w.Ctx, &staketypes.MsgAddStake{
						Owner: giver.String(), Hotkey: markettest.Hotkey(100).String(), Netuid: gone + 1, Amount: params.Agon(1),
					})
					require.NoError(t, err)
					_, err = stakekeeper.NewMsgServer(w.Stake).TransferStake(w.Ctx, &staketypes.MsgTransferStake{
						Owner: giver.String(), Hotkey: markettest.Hotkey(100).String(), Netuid: gone + 1, Recipient: owner.String(), ShareBps: 5000,
					})
					require.NoError(t, err)
				}
			}
			require.GreaterOrEqual(t, calls, 2)
			// Coins stay with the old account, and everything else is as if nothing had happened but the name.
			require.Equal(t, still.Bank.GetAllBalances(still.Ctx, owner), moving.Bank.GetAllBalances(moving.Ctx, owner))
			want, err := still.Stake.ExportGenesis(still.Ctx)
			require.NoError(t, err)
			got, err := moving.Stake.ExportGenesis(moving.Ctx)
			require.NoError(t, err)
			for i, p := range want.Positions {
				if p.Owner == owner.String() {
					want.Positions[i].Owner = next.String()
				}
			}
			for i, a := range want.AutoStakes {
				if a.Owner == owner.String() {
					want.AutoStakes[i].Owner = next.String()
				}
			}
			require.ElementsMatch(t, want.Positions, got.Positions)
			require.ElementsMatch(t, want.AutoStakes, got.AutoStakes)
			want.Positions, got.Positions, want.AutoStakes, got.AutoStakes = nil, nil, nil, nil
			require.Equal(t, want, got)
			pots := 0
			for _, p := range moving.positions(next) {
				if p.Netuid == gone {
					pots++
				}
			}
			require.Equal(t, crowd, pots)
			require.Empty(t, moving.positions(owner))
			_, err = stakekeeper.NewMsgServer(moving.Stake).RemoveStake(moving.Ctx, &staketypes.MsgRemoveStake{
				Owner: next.String(), Hotkey: markettest.Hotkey(100).String(), Netuid: gone,
			})
			require.NoError(t, err)
			require.NotZero(t, balance(moving.Market, next, params.BaseDenom), "the pot pays the new owner")
		})
	}
}
