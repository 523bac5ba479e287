package simulation

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/stake/keeper"
	"github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
)

// Bank says what accounts have.
type Bank interface {
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
}

type maker struct {
	subnetsim.Places
	k    *keeper.Keeper
	bank Bank
}

// Messages are the module's messages, made from the state behind the keepers.
func Messages(k *keeper.Keeper, subnet *subnetkeeper.Keeper, bank Bank) []chance.Message {
	m := maker{subnetsim.Places{K: subnet}, k, bank}
	return []chance.Message{
		chance.Of(60, m.addStake),
		chance.Of(40, m.removeStake),
		chance.Of(15, m.moveStake),
		chance.Of(20, m.swapStake),
		chance.Of(12, m.transferStake),
		chance.Of(8, m.sellToken),
		chance.Of(8, m.buyAndBurn),
		chance.Of(6, m.redeemToken),
		chance.Of(6, m.setTake),
		chance.Of(10, m.setChildren),
		chance.Of(3, m.setChildTake),
		chance.Of(8, m.setAutoStake),
		chance.Of(2, m.updateParams),
	}
}

// Params are parameters within their bounds.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.FeeBps = uint32(chance.Pick(d, []uint64{0, 0, 5, 30, types.MaxFeeBps}))
	p.MaxTakeBps = uint32(d.Between(0, types.MaxMaxTakeBps))
	p.DefaultTakeBps = uint32(d.Between(0, uint64(p.MaxTakeBps)))
	p.TakeRaiseInterval = d.Between(1, 20)
	p.MaxTakeRaiseBps = uint32(d.Between(1, 1_000))
	p.MinStake = d.Between(types.MinMinStake, 2_000_000)
	p.RootSeats = uint32(d.Between(1, 6))
	p.RootWeightBps = uint32(d.Between(0, types.MaxBps))
	p.RootSaleBps = uint32(chance.Pick(d, []uint64{0, 5, 5, 100, types.MaxRootSaleBps}))
	p.ChildrenDelay = d.Between(1, 30)
	return p
}

func (m maker) balance(w *chance.World, of sdk.AccAddress, denom string) uint64 {
	if a := m.bank.GetBalance(w.Ctx, of, denom).Amount; a.IsUint64() {
		return a.Uint64()
	}
	return types.MaxAlpha
}

// position is one of somebody's, now and then one that nobody has.
func (m maker) position(w *chance.World) (owner, hotkey sdk.AccAddress, netuid uint32) {
	if !w.OneIn(25) {
		// An owner at random, and the next that holds anything.
		from := w.Intn(len(w.Actors))
		for i := range w.Actors {
			owner = w.Actors[(from+i)%len(w.Actors)]
			var keys []collections.Triple[sdk.AccAddress, uint32, sdk.AccAddress]
			err := m.k.Positions.Walk(w.Ctx, collections.NewPrefixedTripleRange[sdk.AccAddress, uint32, sdk.AccAddress](owner),
				func(key collections.Triple[sdk.AccAddress, uint32, sdk.AccAddress], _ types.Position) (bool, error) {
					keys = append(keys, key)
					return false, nil
				})
			if err == nil && len(keys) > 0 {
				key := chance.Pick(w.Dice, keys)
				return owner, key.K3(), key.K2()
			}
		}
	}
	netuid = m.Netuid(w)
	return w.Actor(), m.Hotkey(w, netuid), netuid
}

// place is where stake may go: a hotkey that holds a uid in a subnet, or anyone's at the root.
func (m maker) place(w *chance.World) (netuid uint32, hotkey sdk.AccAddress) {
	netuid = m.Netuid(w)
	hotkey = m.Hotkey(w, netuid)
	if w.OneIn(5) {
		netuid = types.RootNetuid
	}
	return netuid, hotkey
}

// part is how much of a position, given in one of the three ways, now and then in two.
func (m maker) part(w *chance.World, owner, hotkey sdk.AccAddress, netuid uint32) (alpha uint64, bps uint32) {
	switch w.Below(8) {
	case 0, 1:
		return 0, 0
	case 2, 3:
		return 0, uint32(w.Between(1, types.MaxBps+1))
	case 4:
		if w.OneIn(10) {
			return 1, 1
		}
	}
	p, err := m.k.Positions.Get(w.Ctx, collections.Join3(owner, netuid, hotkey))
	if err != nil {
		return w.Edge(), 0
	}
	h, err := m.k.HotkeyStakes.Get(w.Ctx, collections.Join(netuid, hotkey))
	if err != nil {
		return w.Edge(), 0
	}
	value, err := h.SharePool().Value(p.Shares)
	if err != nil {
		return w.Edge(), 0
	}
	return w.Amount(value), 0
}

// limits on a trade's price: none, or some around the present price.
func (m maker) limits(w *chance.World, netuid uint32) (price string, partial bool) {
	if !w.OneIn(4) {
		return "", w.OneIn(40)
	}
	if w.OneIn(12) {
		return chance.Pick(w.Dice, []string{"0", "-1", "1e9", "0.0000000001", "99999999999999999999", "x"}), true
	}
	p, err := m.k.GetPool(w.Ctx, netuid)
	if err != nil {
		return "1", true
	}
	now := p.Reserves().PriceQ32() >> 2 // in parts of 10^9, near enough
	return types.FormatPrice(1 + now - now/8 + w.Below(1+now/4)), !w.OneIn(3)
}

func nagon(amount uint64) sdk.Coin {
	return sdk.Coin{Denom: types.AgonDenom, Amount: math.NewIntFromUint64(amount)}
}

func (m maker) addStake(w *chance.World) *types.MsgAddStake {
	owner := w.Actor()
	netuid, hotkey := m.place(w)
	out := &types.MsgAddStake{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid}
	out.LimitPrice, out.AllowPartial = m.limits(w, netuid)
	if w.OneIn(30) {
		out.MinAlpha = w.Edge()
	}
	denom := types.AlphaDenom(netuid)
	if has := m.balance(w, owner, denom); netuid != types.RootNetuid && has > 0 && w.OneIn(2) {
		out.Amount = sdk.Coin{Denom: denom, Amount: math.NewIntFromUint64(w.Amount(has))}
		out.LimitPrice, out.AllowPartial = "", false
		return out
	}
	out.Amount = nagon(w.Amount(m.balance(w, owner, types.AgonDenom) / 8))
	if w.OneIn(40) {
		out.Amount.Denom = chance.Pick(w.Dice, []string{"alpha/0", "alpha/01", "alpha/65536", "other", types.AlphaDenom(netuid + 1)})
	}
	return out
}

func (m maker) removeStake(w *chance.World) *types.MsgRemoveStake {
	owner, hotkey, netuid := m.position(w)
	out := &types.MsgRemoveStake{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, KeepToken: w.OneIn(3)}
	out.Alpha, out.ShareBps = m.part(w, owner, hotkey, netuid)
	if !out.KeepToken {
		out.LimitPrice, out.AllowPartial = m.limits(w, netuid)
	}
	if w.OneIn(30) {
		out.MinAgon = w.Edge()
	}
	return out
}

func (m maker) moveStake(w *chance.World) *types.MsgMoveStake {
	owner, hotkey, netuid := m.position(w)
	to := m.Hotkey(w, netuid)
	if netuid == types.RootNetuid {
		to = m.Hotkey(w, m.Netuid(w)) // anyone's hotkey may stand at the root
	}
	out := &types.MsgMoveStake{Owner: owner.String(), Hotkey: hotkey.String(), ToHotkey: to.String(), Netuid: netuid}
	out.Alpha, out.ShareBps = m.part(w, owner, hotkey, netuid)
	return out
}

func (m maker) swapStake(w *chance.World) *types.MsgSwapStake {
	owner, hotkey, netuid := m.position(w)
	to, toHotkey := m.place(w)
	out := &types.MsgSwapStake{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, ToHotkey: toHotkey.String(), ToNetuid: to}
	out.Alpha, out.ShareBps = m.part(w, owner, hotkey, netuid)
	if w.OneIn(30) {
		out.MinAlpha = w.Edge()
	}
	return out
}

func (m maker) transferStake(w *chance.World) *types.MsgTransferStake {
	owner, hotkey, netuid := m.position(w)
	out := &types.MsgTransferStake{Owner: owner.String(), Recipient: w.Actor().String(), Hotkey: hotkey.String(), Netuid: netuid}
	out.Alpha, out.ShareBps = m.part(w, owner, hotkey, netuid)
	if w.OneIn(30) {
		out.Recipient = w.Authority
	}
	return out
}

func (m maker) sellToken(w *chance.World) *types.MsgSellToken {
	seller, netuid := w.Actor(), m.Netuid(w)
	for range w.Actors { // one who has some, if there is one
		if m.balance(w, seller, types.AlphaDenom(netuid)) > 0 {
			break
		}
		seller, netuid = w.Actor(), m.Netuid(w)
	}
	denom := types.AlphaDenom(netuid)
	out := &types.MsgSellToken{
		Seller: seller.String(), Netuid: netuid,
		Amount: sdk.Coin{Denom: denom, Amount: math.NewIntFromUint64(w.Amount(m.balance(w, seller, denom)))},
	}
	out.LimitPrice, out.AllowPartial = m.limits(w, netuid)
	if w.OneIn(30) {
		out.MinAgon = w.Edge()
	}
	if w.OneIn(40) {
		out.Amount.Denom = chance.Pick(w.Dice, []string{types.AgonDenom, "alpha/0", "alpha/01", "alpha/65536", "other", types.AlphaDenom(netuid + 1)})
	}
	return out
}

// redeemToken is of a subnet that was dissolved, as a rule.
func (m maker) redeemToken(w *chance.World) *types.MsgRedeemToken {
	owner, netuid := w.Actor(), m.Netuid(w)
	var pots []uint32
	err := m.k.Pots.Walk(w.Ctx, nil, func(netuid uint32, _ types.Pot) (bool, error) {
		pots = append(pots, netuid)
		return false, nil
	})
	if err == nil && len(pots) > 0 && !w.OneIn(20) {
		netuid = chance.Pick(w.Dice, pots)
	}
	for range w.Actors {
		if m.balance(w, owner, types.AlphaDenom(netuid)) > 0 {
			break
		}
		owner = w.Actor()
	}
	out := &types.MsgRedeemToken{Owner: owner.String(), Netuid: netuid}
	if w.OneIn(2) {
		out.Alpha = w.Amount(m.balance(w, owner, types.AlphaDenom(netuid)))
	}
	return out
}

func (m maker) buyAndBurn(w *chance.World) *types.MsgBuyAndBurn {
	payer := w.Actor()
	return &types.MsgBuyAndBurn{Payer: payer.String(), Netuid: m.Netuid(w), Amount: nagon(w.Amount(m.balance(w, payer, types.AgonDenom) / 100))}
}

func (m maker) setTake(w *chance.World) *types.MsgSetTake {
	hotkey := m.Hotkey(w, m.Netuid(w))
	return &types.MsgSetTake{Owner: m.OwnerOf(w, hotkey).String(), Hotkey: hotkey.String(), TakeBps: uint32(w.Amount(types.MaxMaxTakeBps / 2))}
}

// setChildren is of a hotkey that has something behind it, with children that do the work, as a rule.
func (m maker) setChildren(w *chance.World) *types.MsgSetChildren {
	netuid := m.Netuid(w)
	parent := m.Hotkey(w, netuid)
	out := &types.MsgSetChildren{Owner: m.OwnerOf(w, parent).String(), Hotkey: parent.String(), Netuid: netuid}
	left := uint64(types.MaxBps)
	for range w.Below(types.MaxChildren + 1) {
		bps := w.Between(1, left)
		out.Children = append(out.Children, types.Child{Hotkey: m.Hotkey(w, netuid).String(), Bps: uint32(bps)})
		if left -= bps; left == 0 {
			break
		}
	}
	if len(out.Children) > 0 && w.OneIn(20) {
		out.Children[0].Bps = uint32(w.Edge())
	}
	return out
}

func (m maker) setChildTake(w *chance.World) *types.MsgSetChildTake {
	hotkey := m.Hotkey(w, m.Netuid(w))
	return &types.MsgSetChildTake{Owner: m.OwnerOf(w, hotkey).String(), Hotkey: hotkey.String(), TakeBps: uint32(w.Amount(types.MaxMaxTakeBps / 2))}
}

// setAutoStake is of an owner of miners as a rule, who now and then goes back to each miner's own hotkey.
func (m maker) setAutoStake(w *chance.World) *types.MsgSetAutoStake {
	netuid := m.Netuid(w)
	out := &types.MsgSetAutoStake{Owner: m.OwnerOf(w, m.Hotkey(w, netuid)).String(), Netuid: netuid, Hotkey: m.Hotkey(w, netuid).String()}
	if w.OneIn(4) {
		out.Hotkey = ""
	}
	return out
}

func (m maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.FeeBps = uint32(w.Edge())
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
