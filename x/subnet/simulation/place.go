package simulation

import (
	"crypto/sha256"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/subnet/keeper"
	"github.com/agon-chain/agon/x/subnet/types"
)

// Places finds subnets, hotkeys and owners for messages. Modules above use it too.
type Places struct{ K *keeper.Keeper }

// Netuid is that of a subnet, now and then of none.
func (p Places) Netuid(w *chance.World) uint32 {
	netuids, err := p.K.Netuids(w.Ctx)
	if err != nil || len(netuids) == 0 || w.OneIn(60) {
		return uint32(chance.Pick(w.Dice, []uint64{0, 1, 2, 9, types.MaxNetuid, types.MaxNetuid + 1}))
	}
	return chance.Pick(w.Dice, netuids)
}

// Subnet is a subnet that exists; false if there is none.
func (p Places) Subnet(w *chance.World) (types.Subnet, bool) {
	netuids, err := p.K.Netuids(w.Ctx)
	if err != nil || len(netuids) == 0 {
		return types.Subnet{}, false
	}
	s, err := p.K.GetSubnet(w.Ctx, chance.Pick(w.Dice, netuids))
	return s, err == nil
}

// Hotkey is one that holds a uid in the subnet, now and then any account.
func (p Places) Hotkey(w *chance.World, netuid uint32) sdk.AccAddress {
	hotkeys, err := p.K.Hotkeys(w.Ctx, netuid)
	if err != nil || len(hotkeys) == 0 || w.OneIn(30) {
		return w.Actor()
	}
	return chance.Pick(w.Dice, hotkeys)
}

// OwnerOf is the owner of a hotkey; any account if it has none, and now and then although it has.
func (p Places) OwnerOf(w *chance.World, hotkey sdk.AccAddress) sdk.AccAddress {
	owner, err := p.K.OwnerOf(w.Ctx, hotkey)
	if err != nil || w.OneIn(30) {
		return w.Actor()
	}
	return owner
}

// Signer is who signs for a hotkey, now and then the hotkey although another key took its place.
func (p Places) Signer(w *chance.World, hotkey sdk.AccAddress) sdk.AccAddress {
	key, err := p.K.KeyOf(w.Ctx, hotkey)
	if err != nil || w.OneIn(10) {
		return hotkey
	}
	return key
}

// SubnetOwner is the subnet's owner, now and then another account.
func (p Places) SubnetOwner(w *chance.World, s types.Subnet) string {
	if w.OneIn(20) {
		return w.Actor().String()
	}
	return s.Owner
}

// Keys is how many service keys a hotkey changes between.
const Keys = 3

// ServiceKey is the n-th key with which a hotkey signs receipts.
func ServiceKey(hotkey sdk.AccAddress, n int) wire.ServiceKey {
	seed := sha256.Sum256(append([]byte{byte(n)}, hotkey...))
	key, err := wire.ServiceKeyFromSeed(seed[:])
	if err != nil {
		panic(err) // a seed of the right length cannot fail
	}
	return key
}
