package simulation

import (
	"math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/scoring/keeper"
	"github.com/agon-chain/agon/x/scoring/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

type maker struct {
	subnetsim.Places
	k     *keeper.Keeper
	query types.QueryServer
	// promises are what validators keep between a commit and its reveal, the latest last.
	promises []promise
}

// Messages are the module's messages, made from the state behind the keepers. What commits promise is remembered until it is revealed.
func Messages(k *keeper.Keeper, subnet *subnetkeeper.Keeper) []chance.Message {
	m := &maker{Places: subnetsim.Places{K: subnet}, k: k, query: keeper.NewQueryServer(k)}
	return []chance.Message{
		chance.Of(40, m.commitWeights),
		chance.Of(40, m.revealWeights),
		chance.Of(40, m.setWeights),
		chance.Of(2, m.resumeEpochs),
		chance.Of(2, m.updateParams),
	}
}

// Params are parameters within their bounds.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.MaxEpochsPerBlock = uint32(d.Between(1, 4))
	return p
}

// judge is a hotkey of a subnet that exists, one with a uid as a rule.
func (m *maker) judge(w *chance.World) (s subnettypes.Subnet, hotkey sdk.AccAddress, ok bool) {
	s, ok = m.Subnet(w)
	if !ok {
		return s, nil, false
	}
	return s, m.Hotkey(w, s.Netuid), true
}

// row is weights for a subnet's neurons, now and then such as no chain takes.
func row(w *chance.World, s subnettypes.Subnet) []types.Weight {
	var out []types.Weight
	for uid := range s.NeuronCount {
		if w.OneIn(4) {
			continue
		}
		value := chance.Pick(w.Dice, []uint64{0, 1, math.MaxUint16, w.Below(math.MaxUint16 + 1)})
		out = append(out, types.Weight{Uid: uid, Value: uint32(value)})
	}
	if w.OneIn(25) {
		out = append(out, types.Weight{Uid: uint32(w.Edge()), Value: uint32(w.Edge())})
	}
	return out
}

// mechanism is one of the running epoch's, now and then one that it does not have.
func mechanism(w *chance.World, e types.Epoch) uint32 {
	if w.OneIn(25) {
		return uint32(w.Edge())
	}
	return uint32(w.Intn(max(1, len(e.MechanismSplit))))
}

func (m *maker) setWeights(w *chance.World) *types.MsgSetWeights {
	s, hotkey, ok := m.judge(w)
	if !ok {
		return nil
	}
	epoch, err := m.k.EpochOf(w.Ctx, s.Netuid)
	if err != nil {
		return nil
	}
	out := &types.MsgSetWeights{
		Hotkey: m.Signer(w, hotkey).String(), Netuid: s.Netuid, Mechanism: mechanism(w, epoch), Version: s.Hyperparams.WeightsVersion, Weights: row(w, s),
	}
	if w.OneIn(25) {
		out.Version = w.Edge()
	}
	return out
}

func (m *maker) resumeEpochs(w *chance.World) *types.MsgResumeEpochs {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	signer := m.SubnetOwner(w, s)
	if w.OneIn(3) {
		signer = w.Authority
	}
	return &types.MsgResumeEpochs{Signer: signer, Netuid: s.Netuid}
}

func (m *maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.MaxEpochsPerBlock = uint32(w.Edge())
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
