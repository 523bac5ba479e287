package simulation

import (
	"fmt"
	"strings"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/subnet/keeper"
	"github.com/agon-chain/agon/x/subnet/types"
)

type maker struct {
	Places
	k *keeper.Keeper
}

// Messages are the module's messages, made from the state behind a keeper.
func Messages(k *keeper.Keeper) []chance.Message {
	m := maker{Places{k}, k}
	return []chance.Message{
		chance.Of(6, m.createSubnet),
		chance.Of(60, m.register),
		chance.Of(15, m.claimCollateral),
		chance.Of(12, m.startSubnet),
		chance.Of(2, m.trimNeurons),
		chance.Of(1, m.dissolveSubnet),
		chance.Of(25, m.serveAxon),
		chance.Of(8, m.commitData),
		chance.Of(4, m.setIdentity),
		chance.Of(4, m.updateSubnetIdentity),
		chance.Of(12, m.updateHyperparams),
		chance.Of(3, m.cancelHyperparams),
		chance.Of(3, m.updateTaskParams),
		chance.Of(4, m.offerOwnership),
		chance.Of(4, m.acceptOwnership),
		chance.Of(2, m.cancelOwnershipOffer),
		chance.Of(5, m.swapHotkey),
		chance.Of(4, m.announceOwnerSwap),
		chance.Of(1, m.cancelOwnerSwap),
		chance.Of(6, m.swapOwner),
		chance.Of(2, m.updateParams),
	}
}

func identity(d *chance.Dice) types.SubnetIdentity {
	i := types.SubnetIdentity{Name: d.Letters(types.MaxName)}
	if d.OneIn(3) {
		i.Description, i.Url, i.Contact = d.Letters(types.MaxDescription), "https://"+d.Letters(60), d.Letters(types.MaxContact)
	}
	if d.OneIn(20) {
		i.Name = chance.Pick(d, []string{"", " x", "a\u202eb", "\xff", strings.Repeat("n", types.MaxName+1)})
	}
	return i
}

// limit is a limit on a price: none, generous, exact or too low.
func limit(d *chance.Dice, price uint64) uint64 {
	return chance.Pick(d, []uint64{0, 0, 0, 2 * price, price, price - min(price, 1)})
}

func (m maker) createSubnet(w *chance.World) *types.MsgCreateSubnet {
	cost, err := m.k.CreationCost(w.Ctx)
	if err != nil {
		return nil
	}
	out := &types.MsgCreateSubnet{
		Owner: w.Actor().String(), Identity: identity(w.Dice), Symbol: strings.ToUpper(w.Letters(types.MaxSymbol)),
		TaskKind: w.Letters(10), MaxCost: limit(w.Dice, cost),
	}
	if !w.OneIn(4) {
		h := Hyperparams(w.Dice)
		if p, err := m.k.Params(w.Ctx); err == nil && !w.OneIn(6) {
			h = within(h, p)
		}
		out.Hyperparams = &h
	}
	return out
}

func (m maker) register(w *chance.World) *types.MsgRegister {
	netuid := m.Netuid(w)
	hotkey := w.Actor()
	price, err := m.k.RegistrationPrice(w.Ctx, netuid)
	if err != nil {
		price = 1
	}
	return &types.MsgRegister{
		Owner: m.OwnerOf(w, hotkey).String(), Hotkey: hotkey.String(), Netuid: netuid, MaxPrice: limit(w.Dice, price),
	}
}

// claimCollateral is for a neuron that has some as a rule: few have.
func (m maker) claimCollateral(w *chance.World) *types.MsgClaimCollateral {
	netuid := m.Netuid(w)
	hotkey := m.Hotkey(w, netuid)
	for range 8 {
		uid, err := m.k.UIDOf(w.Ctx, netuid, hotkey)
		if err != nil {
			break
		}
		if _, err := m.k.CollateralOf(w.Ctx, netuid, uid); err == nil {
			break
		}
		hotkey = m.Hotkey(w, netuid)
	}
	return &types.MsgClaimCollateral{Owner: m.OwnerOf(w, hotkey).String(), Hotkey: hotkey.String(), Netuid: netuid}
}

func (m maker) serveAxon(w *chance.World) *types.MsgServeAxon {
	netuid := m.Netuid(w)
	hotkey := m.Hotkey(w, netuid)
	key := ServiceKey(hotkey, w.Intn(Keys)).Public()
	axon := types.Axon{Url: fmt.Sprintf("http://%s.example:8080", w.Letters(8)), ServiceKey: key[:]}
	switch w.Below(12) {
	case 0:
		axon.Hardware = types.Hardware{Kind: "gpu", Model: w.Letters(8), Count: uint32(w.Edge()), Memory: w.Edge()}
	case 1:
		axon.SealingKey = w.Bytes(types.SealingKeySize - w.Intn(2))
	case 2:
		axon.UpdatedAt = int64(w.Below(3))
	case 3:
		for range w.Below(types.MaxServed + 2) {
			axon.Served = append(axon.Served, types.Served{Name: w.Letters(2), Version: w.Bytes(types.VersionSize)})
		}
	}
	return &types.MsgServeAxon{Hotkey: m.Signer(w, hotkey).String(), Netuid: netuid, Axon: axon}
}

func (m maker) commitData(w *chance.World) *types.MsgCommitData {
	netuid := m.Netuid(w)
	return &types.MsgCommitData{Hotkey: m.Signer(w, m.Hotkey(w, netuid)).String(), Netuid: netuid, Data: w.Bytes(w.Intn(types.MaxCommitmentSize + 2))}
}

func (m maker) setIdentity(w *chance.World) *types.MsgSetIdentity {
	i := identity(w.Dice)
	return &types.MsgSetIdentity{Address: w.Actor().String(), Name: i.Name, Description: i.Description, Url: i.Url, Contact: i.Contact}
}

func (m maker) updateSubnetIdentity(w *chance.World) *types.MsgUpdateSubnetIdentity {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	return &types.MsgUpdateSubnetIdentity{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid, Identity: identity(w.Dice)}
}

func (m maker) updateHyperparams(w *chance.World) *types.MsgUpdateHyperparams {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	h := changed(w.Dice, s.Hyperparams)
	if p, err := m.k.Params(w.Ctx); err == nil && !w.OneIn(6) {
		h = within(h, p)
	}
	return &types.MsgUpdateHyperparams{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid, Hyperparams: h}
}

func (m maker) cancelHyperparams(w *chance.World) *types.MsgCancelHyperparams {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	return &types.MsgCancelHyperparams{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid}
}

func (m maker) updateTaskParams(w *chance.World) *types.MsgUpdateTaskParams {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	text := chance.Pick(w.Dice, []string{"", "{}", `{"a":1}`, "[]", "{", `{"a":"` + strings.Repeat("x", types.MaxTaskParams) + `"}`})
	return &types.MsgUpdateTaskParams{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid, TaskParams: text}
}

func (m maker) offerOwnership(w *chance.World) *types.MsgOfferOwnership {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	return &types.MsgOfferOwnership{
		Owner: m.SubnetOwner(w, s), Netuid: s.Netuid, NewOwner: w.Actor().String(),
		ExpiresAt: w.Height() + chance.Pick(w.Dice, []int64{-1, 0, 1, 5, 50, types.MaxOfferBlocks, types.MaxOfferBlocks + 1}),
	}
}

func (m maker) acceptOwnership(w *chance.World) *types.MsgAcceptOwnership {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	who := w.Actor().String()
	if offer, err := m.k.OfferOf(w.Ctx, s.Netuid); err == nil && !w.OneIn(5) {
		who = offer.NewOwner
	}
	return &types.MsgAcceptOwnership{NewOwner: who, Netuid: s.Netuid}
}

func (m maker) cancelOwnershipOffer(w *chance.World) *types.MsgCancelOwnershipOffer {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	return &types.MsgCancelOwnershipOffer{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid}
}

func (m maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.MaxSubnets = uint32(w.Edge())
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
