package simulation

import (
	"bytes"
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/keeper"
	"github.com/agon-chain/agon/x/model/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// names are few, so that they are taken.
const names = 12

type maker struct {
	k       *keeper.Keeper
	queries types.QueryServer
	subnet  *subnetkeeper.Keeper
}

// Messages are the module's messages, made from the state behind the keepers.
func Messages(k *keeper.Keeper, subnet *subnetkeeper.Keeper) []chance.Message {
	m := maker{k: k, queries: keeper.NewQueryServer(k), subnet: subnet}
	return []chance.Message{
		chance.Of(4, m.createModel),
		chance.Of(1, m.describeModel),
		chance.Of(2, m.offerModel),
		chance.Of(2, m.acceptModel),
		chance.Of(1, m.cancelModelOffer),
		chance.Of(4, m.reserveRoot),
		chance.Of(8, m.publishVersion),
		chance.Of(1, m.deprecateVersion),
		chance.Of(16, m.bindVersion),
		chance.Of(3, m.unbindVersion),
		chance.Of(16, m.answerChallenge),
		chance.Of(1, m.updateParams),
	}
}

// Params are parameters within their bounds, under which much happens in few blocks.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.ModelFee = types.MinFeeBound * d.Between(1, 20)
	p.VersionFee = types.MinFeeBound * d.Between(1, 20)
	p.MaxFiles = uint32(d.Between(1, 6))
	p.MaxParents = uint32(d.Between(1, 4))
	p.MaxBindings = uint32(d.Between(1, 5))
	p.ChallengeInterval = d.Between(1, 20)
	p.ChallengeWindow = d.Between(1, 20)
	p.MaxChallengesPerBlock = uint32(d.Between(1, 8))
	p.RebindDelay = d.Between(0, 30)
	p.ReserveBlocks = d.Between(1, 30)
	p.MaxReservations = uint32(d.Between(1, 6))
	return p
}

func (m maker) params(ctx context.Context) types.Params {
	res, err := m.queries.Params(ctx, &types.QueryParamsRequest{})
	if err != nil {
		return types.DefaultParams()
	}
	return res.Params
}

// model is one of those there are, now and then none.
func (m maker) model(w *chance.World) types.Model {
	res, err := m.queries.Models(w.Ctx, &types.QueryModelsRequest{})
	if err != nil || len(res.Models) == 0 || w.OneIn(30) {
		return types.Model{Name: w.Letters(12), Owner: w.Actor().String()}
	}
	return chance.Pick(w.Dice, res.Models)
}

// version is one of a model's, now and then none.
func (m maker) version(w *chance.World) types.Version {
	model := m.model(w)
	v, err := m.k.VersionOf(w.Ctx, model.Name, uint32(1+w.Below(uint64(model.Versions))))
	if err != nil || w.OneIn(40) {
		return types.Version{Model: model.Name, Number: uint32(w.Edge()), Publisher: model.Owner}
	}
	v.Publisher = model.Owner
	return v
}

// neuron is one of those there are, with the account that signs for it.
func (m maker) neuron(w *chance.World) (netuid, uid uint32, key string, ok bool) {
	netuids, err := m.subnet.Netuids(w.Ctx)
	if err != nil || len(netuids) == 0 {
		return 0, 0, "", false
	}
	netuid = chance.Pick(w.Dice, netuids)
	neurons, err := m.subnet.Neurons(w.Ctx, netuid)
	if err != nil || len(neurons) == 0 {
		return 0, 0, "", false
	}
	n := chance.Pick(w.Dice, neurons)
	return netuid, n.Uid, m.keyOf(w, n.Hotkey), true
}

// keyOf is the account that signs for a hotkey, now and then another.
func (m maker) keyOf(w *chance.World, hotkey string) string {
	address, err := subnettypes.ParseHotkey("hotkey", hotkey)
	if err != nil || w.OneIn(30) {
		return w.Actor().String()
	}
	key, err := m.subnet.KeyOf(w.Ctx, address)
	if err != nil {
		return hotkey
	}
	return key.String()
}

// binding is one of those there are, with what its challenge asks for; asked leaves out those without an open challenge.
func (m maker) binding(w *chance.World, asked bool) (types.BindingInfo, bool) {
	netuids, err := m.subnet.Netuids(w.Ctx)
	if err != nil {
		return types.BindingInfo{}, false
	}
	var all []types.BindingInfo
	for _, netuid := range netuids {
		res, err := m.queries.Bindings(w.Ctx, &types.QueryBindingsRequest{Netuid: netuid})
		if err != nil {
			return types.BindingInfo{}, false
		}
		for _, b := range res.Bindings {
			if !asked || b.Asked != nil {
				all = append(all, b)
			}
		}
	}
	return chance.Pick(w.Dice, all), len(all) > 0
}

// offered is a model that is offered, now and then another.
func (m maker) offered(w *chance.World) (model string, to string) {
	res, err := m.queries.Models(w.Ctx, &types.QueryModelsRequest{})
	if err == nil && !w.OneIn(10) {
		for _, one := range res.Models {
			r, err := m.queries.Model(w.Ctx, &types.QueryModelRequest{Model: one.Name})
			if err == nil && r.Offer != nil {
				return one.Name, r.Offer.NewOwner
			}
		}
	}
	return m.model(w).Name, w.Actor().String()
}

func (m maker) createModel(w *chance.World) *types.MsgCreateModel {
	out := &types.MsgCreateModel{Owner: w.Actor().String(), Name: fmt.Sprintf("model-%d", w.Below(names)), About: w.Letters(40)}
	if w.OneIn(20) {
		out.Name = w.Text("ab-A0 ", 1+w.Intn(60))
	}
	return out
}

func (m maker) describeModel(w *chance.World) *types.MsgDescribeModel {
	model := m.model(w)
	return &types.MsgDescribeModel{Owner: model.Owner, Model: model.Name, About: w.Letters(1_100)}
}

func (m maker) offerModel(w *chance.World) *types.MsgOfferModel {
	model := m.model(w)
	return &types.MsgOfferModel{Owner: model.Owner, Model: model.Name, NewOwner: w.Actor().String(), ExpiresAt: w.Height() + int64(w.Below(20))}
}

func (m maker) acceptModel(w *chance.World) *types.MsgAcceptModel {
	model, to := m.offered(w)
	return &types.MsgAcceptModel{NewOwner: to, Model: model}
}

func (m maker) cancelModelOffer(w *chance.World) *types.MsgCancelModelOffer {
	name, _ := m.offered(w)
	model, err := m.k.GetModel(w.Ctx, name)
	if err != nil {
		return nil
	}
	return &types.MsgCancelModelOffer{Owner: model.Owner, Model: name}
}

// salt of an owner: one, so that a publication finds the reservation without anybody remembering it.
func salt(owner sdk.AccAddress) []byte { return append([]byte("salt of "), owner...) }

func (m maker) reserveRoot(w *chance.World) *types.MsgReserveRoot {
	model := m.model(w)
	owner, err := subnettypes.ParseAddress("owner", model.Owner)
	if err != nil {
		return nil
	}
	root, err := content.Root(someFiles(w.Dice, 3))
	if err != nil {
		return nil
	}
	hash := content.ReserveHash(owner, root, salt(owner))
	return &types.MsgReserveRoot{Owner: model.Owner, Hash: hash[:]}
}

func (m maker) publishVersion(w *chance.World) *types.MsgPublishVersion {
	model, p := m.model(w), m.params(w.Ctx)
	owner, err := subnettypes.ParseAddress("owner", model.Owner)
	if err != nil {
		return nil
	}
	files := someFiles(w.Dice, uint64(p.MaxFiles))
	root, err := content.Root(files)
	if err != nil {
		return nil
	}
	out := &types.MsgPublishVersion{
		Owner: model.Owner, Model: model.Name, Root: root[:], Files: types.Stored(files),
		Description: types.Description{Architecture: "llama", Quantization: "f32", Engine: "llama.cpp", ContextLength: 512, Licence: "MIT"},
	}
	hash := content.ReserveHash(owner, root, salt(owner))
	if res, err := m.queries.Reservations(w.Ctx, &types.QueryReservationsRequest{Owner: model.Owner}); err == nil {
		for _, r := range res.Reservations {
			if bytes.Equal(r.Hash, hash[:]) {
				out.Salt = salt(owner)
			}
		}
	}
	for range w.Below(uint64(p.MaxParents) + 1) {
		v := m.version(w)
		out.Parents = append(out.Parents, types.Parent{Model: v.Model, Version: v.Number, ShareBps: uint32(w.Below(4_000))})
	}
	switch {
	case w.OneIn(20):
		out.Files[0].Size_ = w.Edge()
	case w.OneIn(20):
		out.Root = w.Bytes(w.Intn(40))
	case w.OneIn(20):
		out.Description.Licence = w.Letters(20)
	case w.OneIn(20):
		out.Salt = w.Bytes(16)
	}
	return out
}

func (m maker) deprecateVersion(w *chance.World) *types.MsgDeprecateVersion {
	v := m.version(w)
	out := &types.MsgDeprecateVersion{Owner: v.Publisher, Model: v.Model, Version: v.Number, Reason: "old"}
	if w.OneIn(2) {
		next := m.version(w)
		out.SuccessorModel, out.SuccessorVersion = next.Model, next.Number
	}
	return out
}

func (m maker) bindVersion(w *chance.World) *types.MsgBindVersion {
	netuid, _, key, ok := m.neuron(w)
	if !ok {
		return nil
	}
	v := m.version(w)
	return &types.MsgBindVersion{Hotkey: key, Netuid: netuid, Model: v.Model, Version: v.Number}
}

func (m maker) unbindVersion(w *chance.World) *types.MsgUnbindVersion {
	b, ok := m.binding(w, false)
	if !ok {
		return nil
	}
	return &types.MsgUnbindVersion{Hotkey: m.keyOf(w, b.Binding.Hotkey), Netuid: b.Binding.Netuid, Model: b.Version.Model, Version: b.Version.Version}
}

func (m maker) answerChallenge(w *chance.World) *types.MsgAnswerChallenge {
	b, ok := m.binding(w, true)
	if !ok {
		return nil
	}
	out := &types.MsgAnswerChallenge{Hotkey: m.keyOf(w, b.Binding.Hotkey), Netuid: b.Binding.Netuid, Model: b.Version.Model, Version: b.Version.Version}
	res, err := m.queries.Files(w.Ctx, &types.QueryFilesRequest{Model: b.Version.Model, Version: b.Version.Version})
	if err != nil || int(b.Asked.File) >= len(res.Files) {
		return nil
	}
	f := res.Files[b.Asked.File]
	p, err := indexOf(f.Path, f.Size_).Prove(bytes.NewReader(bytesOf(f.Path, f.Size_)), b.Asked.Leaf, b.Asked.Chunk)
	if err != nil {
		return nil
	}
	out.Chunk = p.Chunk
	for _, h := range p.ChunkPath {
		out.ChunkPath = append(out.ChunkPath, h[:])
	}
	for _, h := range p.LeafPath {
		out.LeafPath = append(out.LeafPath, h[:])
	}
	switch {
	case w.OneIn(10):
		out.Chunk = w.Bytes(len(out.Chunk))
	case w.OneIn(20):
		out.ChunkPath = append(out.ChunkPath, w.Bytes(w.Intn(34)))
	}
	return out
}

func (m maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.ChallengeInterval = w.Edge()
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
